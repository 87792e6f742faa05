import { NULL } from '../bson/make.ts';
import { ObjectNode, sealed } from '../bson/tree.ts';
import { elementsOf, field, type Value } from '../bson/value.ts';
import { ServerError } from '../errors.ts';
import { isTruthy, setExpressionCompiler } from '../match/parse.ts';
import { setExpressionProjector } from '../projection.ts';
import { setPipelineUpdater } from '../update/update.ts';
import { compileExpression, setConstantEvaluator } from './expression.ts';
import { runStages } from './mingo.ts';
import { buildPipeline, stageOf, stagesOf } from './pipeline.ts';

/** Joins the places outside of `aggregate` that take expressions to the evaluator. */

const UPDATE_STAGES = new Set(['$set', '$addFields', '$unset', '$project', '$replaceWith', '$replaceRoot']);

function stage(name: string, operand: Value): Value {
  const node = new ObjectNode();
  node.set(name, operand);
  return sealed(node);
}

function noOtherCollections(): never {
  throw new ServerError(115, 'Other collections cannot be read here');
}

function runOn(stages: readonly Value[], variables: Value | undefined, document: Value): Value {
  let given = false;
  const source = {
    next: () => {
      if (given) return undefined;
      given = true;
      return document;
    },
    pause: () => undefined,
  };
  const result = buildPipeline(source, stages, { read: noOtherCollections, variables }).next();
  if (result === undefined || typeof result === 'symbol') throw new ServerError(168, 'The pipeline gave no document');
  return result;
}

setExpressionCompiler((expression, variables) => {
  const exact = compileExpression(expression, variables);
  if (exact !== undefined) return (document) => isTruthyResult(exact(document));
  return (document) => {
    const wrapped = new ObjectNode();
    wrapped.set('r', expression);
    const [result] = runStages([stage('$project', sealed(wrapped))], [document], noOtherCollections, variables);
    const value = result === undefined ? undefined : elementsOf(result).find((element) => element.name === 'r')?.value;
    return isTruthyResult(value);
  };
});

function isTruthyResult(value: Value | undefined): boolean {
  return value !== undefined && isTruthy(value);
}

setExpressionProjector((projection) => {
  const stages = [stage('$project', projection)];
  return (document) => runOn(stages, undefined, document);
});

setConstantEvaluator((expression) => {
  const projection = new ObjectNode();
  projection.set('v', expression);
  const [result] = runStages(
    [stage('$project', sealed(projection))],
    [sealed(new ObjectNode())],
    noOtherCollections,
    undefined,
  );
  return (result === undefined ? undefined : field(result, 'v')) ?? NULL;
});

setPipelineUpdater((pipeline, variables) => {
  const stages = stagesOf(pipeline);
  for (const each of stages) {
    const { name } = stageOf(each);
    if (!UPDATE_STAGES.has(name)) throw new ServerError(72, `${name} is not allowed to be used within an update`);
  }
  return (document) => runOn(stages, variables, document);
});
