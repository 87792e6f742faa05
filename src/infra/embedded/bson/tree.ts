import { BsonType, ElementCursor, Value } from './value.ts';
import { BsonWriter } from './writer.ts';

/** A value that can be changed: containers are opened only where an update reaches into them. */
export type Node = Value | ObjectNode | ArrayNode;

/** A document whose fields keep their order, whatever their names. */
export class ObjectNode {
  readonly names: string[] = [];
  readonly values: Node[] = [];

  static of(document: Value): ObjectNode {
    const node = new ObjectNode();
    const cursor = new ElementCursor(document);
    while (cursor.next()) {
      node.names.push(cursor.name);
      node.values.push(cursor.value());
    }
    return node;
  }

  get(name: string): Node | undefined {
    const at = this.names.indexOf(name);
    return at < 0 ? undefined : this.values[at];
  }

  set(name: string, value: Node): void {
    const at = this.names.indexOf(name);
    if (at >= 0) {
      this.values[at] = value;
      return;
    }
    this.names.push(name);
    this.values.push(value);
  }

  remove(name: string): void {
    const at = this.names.indexOf(name);
    if (at < 0) return;
    this.names.splice(at, 1);
    this.values.splice(at, 1);
  }
}

export class ArrayNode {
  values: Node[] = [];

  static of(array: Value): ArrayNode {
    const node = new ArrayNode();
    const cursor = new ElementCursor(array);
    while (cursor.next()) node.values.push(cursor.value());
    return node;
  }
}

/** A container that can be changed in place of its bytes; other values as they are. */
export function opened(node: Node): Node {
  if (!(node instanceof Value)) return node;
  if (node.type === BsonType.object) return ObjectNode.of(node);
  return node.type === BsonType.array ? ArrayNode.of(node) : node;
}

export function nodeType(node: Node): number {
  if (node instanceof Value) return node.type;
  return node instanceof ArrayNode ? BsonType.array : BsonType.object;
}

function writeNode(writer: BsonWriter, name: string, node: Node): void {
  if (node instanceof Value) {
    writer.value(name, node);
    return;
  }
  writer.name(nodeType(node), name);
  writeBody(writer, node);
}

function writeBody(writer: BsonWriter, node: ObjectNode | ArrayNode): void {
  writer.begin();
  if (node instanceof ArrayNode) {
    node.values.forEach((value, index) => {
      writeNode(writer, String(index), value);
    });
  } else {
    node.names.forEach((name, index) => {
      const value = node.values[index];
      if (value !== undefined) writeNode(writer, name, value);
    });
  }
  writer.end();
}

/** The node as bytes. */
export function sealed(node: Node): Value {
  if (node instanceof Value) return node;
  const writer = new BsonWriter(512);
  writeBody(writer, node);
  const bytes = writer.result();
  return new Value(nodeType(node), bytes, 0, bytes.length);
}
