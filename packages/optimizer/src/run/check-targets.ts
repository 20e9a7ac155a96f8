import { UsageError } from '@weightfold/base';
import type { RunConfig, StageSpec } from '../config.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { weightedNodes } from '../graph/graph.js';
import { findSlot, slotValues } from '../training/parameters.js';
import { ByteTarget, type PackedBytes } from './byte-target.js';
import { checkReach } from './least-bytes.js';
import type { Network } from './network.js';

/**
 * Checks numbers of bytes before anything is trained: that there is something to count them by, and that they are within reach of the network,
 * and of its weights where the stage comes from given ones.
 * @throws UsageError
 */
export async function checkTargets(
  stages: StageSpec[],
  config: RunConfig,
  network: Network,
  packedBytes: PackedBytes | undefined,
): Promise<void> {
  checkCounted(stages, packedBytes);
  checkReach(stages, network.graph);
  const [root] = stages;
  if (!network.trained || root!.constraints.length > 0) return;
  const options = { perChannelDense: config.denseScales === 'channel' };
  for (const { from, constraints } of stages) {
    if (from !== root!.name) continue;
    const layers = weightedNodes(network.graph).map((node) =>
      LayerConstraints.of(node, constraints, options, () => {}),
    );
    const target = ByteTarget.of(constraints, layers);
    if (!target) continue;
    const { values } = await network.start();
    target.expectReach(({ node }) => slotValues(values, findSlot(network.slots, node, 'weights')));
  }
}

function checkCounted(stages: StageSpec[], packedBytes: PackedBytes | undefined): void {
  const aimed = stages.find(
    ({ constraints, maxDrop }) =>
      maxDrop !== null || constraints.some((one) => one.type === 'rate' && one.targetBytes !== null),
  );
  if (!aimed || packedBytes) return;
  throw new UsageError(
    `stage ${aimed.name}, ${aimed.maxDrop === null ? 'targetBytes' : 'maxDrop'}: expected packedBytes to count by but received none`,
    {
      where: 'packedBytes',
      expected: 'a function that gives the packed bytes of a .tflite',
      received: 'nothing',
    },
  );
}
