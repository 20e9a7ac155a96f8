/**
 * Frequency tables that several tensors share. Small models have dozens of tensors of a few kilobytes, whose tables would cost more than
 * what they gain; those of a model are alike.
 */
import {
  entropyBits,
  fitCodedTables,
  noPool,
  ownTables,
  planCounts,
  priceTables,
  TablePool,
} from '@weightfold/container';
import { longest } from '../limits.js';
import type { Level, Material } from './scheme.js';
import { type Planned, sharePlans } from './symbols.js';
import { effortFor, type Form, planWeights } from './weights.js';

/** Tables to begin with, of bytes and of ranks each. */
const firstTables = 16;
const rounds = 4;
/** Tensors of more symbols pay for tables of their own; the pool is not made for them. */
const largest = 2 ** 16;
/** Classes that the pool is fitted to; more would take long and change little. */
const mostItems = 2048;
/** Plans of a tensor take milliseconds, of a small one more than its bytes are worth when there are very many. */
const mostThorough = 512;
const smallTensor = 4096;
/** What it costs to name a table, and what it costs to say that there is an own one. */
const choiceBits = 5;
const ownBits = 10;
/** Head and state of a block: tensors that gain less stay raw. */
const stateBits = 32;

/** Symbols that one table is to code, and what they cost with one of their own. */
interface Item {
  counts: Float64Array;
  ranks: boolean;
  own: number;
  /** Bits per symbol: tables of like items are alike. */
  entropy: number;
}

/** The classes of the cheapest plan of each tensor. */
function itemsOf(tensors: Planned<Form>[][]): Item[] {
  const items = tensors.flatMap((planned) => {
    const { form, plan, bits } = planned.reduce((best, one) => (one.bits < best.bits ? one : best));
    if (form.symbols.length > largest || bits + stateBits >= 8 * form.symbols.length) return [];
    return planCounts(form.symbols, plan).flatMap((counts, t): Item[] => {
      const total = counts.reduce((a, b) => a + b, 0);
      if (total === 0) return [];
      const table = plan.tables[t]!;
      const fitted = table.shared < 0 ? table.table : fitCodedTables([counts], false).tables[0]!;
      const own = priceTables([counts], ownTables([fitted])).bits + ownBits;
      return [{ counts, ranks: form.outer?.codec === 'palette', own, entropy: entropyBits(counts) / total }];
    });
  });
  const step = Math.ceil(items.length / mostItems);
  return items.filter((_, i) => i % step === 0);
}

function sum(items: Item[]): Float64Array {
  const counts = new Float64Array(256);
  for (const item of items) for (let s = 0; s < 256; s++) counts[s]! += item.counts[s]!;
  return counts;
}

/** Items cut into groups of like entropy. */
function quantiles(items: Item[]): Item[][] {
  const sorted = [...items].sort((a, b) => a.entropy - b.entropy);
  const groups = Math.min(firstTables, Math.ceil(sorted.length / 2));
  return Array.from({ length: groups }, (_, g) =>
    sorted.slice(Math.floor((g * sorted.length) / groups), Math.floor(((g + 1) * sorted.length) / groups)),
  );
}

function fit(groups: Item[][]): TablePool {
  const tables = groups.map((group) => fitCodedTables([sum(group)], false).tables[0]!);
  return new TablePool(tables);
}

/** Bits of each item with each table. */
function costsOf(items: Item[], pool: TablePool): Float64Array[] {
  return items.map(({ counts }) =>
    Float64Array.from({ length: pool.size }, (_, t) => pool.bits(counts, t) + choiceBits),
  );
}

/** The cheapest table of each item among `kept`, -1 for its own; and what would be lost without each table. */
function assign(items: Item[], costs: Float64Array[], kept: number[]) {
  const gain = new Float64Array(costs[0]!.length);
  const choice = items.map(({ own }, i) => {
    let best = -1;
    let least = own;
    let second = Number.POSITIVE_INFINITY;
    for (const t of kept) {
      const bits = costs[i]![t]!;
      if (bits < least) {
        second = least;
        least = bits;
        best = t;
      } else if (bits < second) second = bits;
    }
    if (best >= 0) gain[best]! += second - least;
    return best;
  });
  return { choice, gain };
}

/** Gives up tables that gain less than they cost, the worst first. */
function prune(items: Item[], pool: TablePool): { groups: Item[][] } {
  const costs = costsOf(items, pool);
  const price = pool.tables.map((table) => priceTables([new Float64Array(256)], ownTables([table])).bits);
  let kept = pool.tables.map((_, t) => t);
  for (;;) {
    if (kept.length === 0) return { groups: [] };
    const { choice, gain } = assign(items, costs, kept);
    let worst = kept[0]!;
    for (const t of kept) if (gain[t]! - price[t]! < gain[worst]! - price[worst]!) worst = t;
    if (gain[worst]! > price[worst]!)
      return { groups: kept.map((t) => items.filter((_, i) => choice[i] === t)) };
    kept = kept.filter((t) => t !== worst);
  }
}

/** Sorted, so that neighbours are alike and cost little as differences. */
function sorted(groups: Item[][]): Item[][] {
  const key = (group: Item[]): number => entropyBits(sum(group)) / sum(group).reduce((a, b) => a + b, 0);
  return groups
    .map((group) => ({ group, key: key(group) }))
    .sort((a, b) => a.key - b.key)
    .map(({ group }) => group);
}

function refine(items: Item[], start: TablePool): TablePool {
  let pool = start;
  for (let round = 0; round < rounds && pool.size > 0; round++) {
    pool = fit(sorted(prune(items, pool).groups));
  }
  return pool;
}

/** Marks those that get quick plans: of the tensors below `smallTensor` bytes all but the longest `mostThorough` tensors. */
function chooseEffort(materials: Material[]): void {
  const tensors = materials.filter(({ kind }) => kind === 'tensor');
  const thorough = new Set(longest(tensors, mostThorough, ({ data }) => data.length));
  for (const material of tensors)
    if (material.data.length < smallTensor && !thorough.has(material)) material.quick = true;
}

/** Plans all tensors of bytes, and finds the tables that they had best share. */
export function shareTables(materials: Material[], level: Level): TablePool {
  chooseEffort(materials);
  const tensors: { material: Material; planned: Planned<Form>[] }[] = [];
  for (const material of materials) {
    const planned = planWeights(material, level);
    if (!planned) continue;
    material.planned = planned;
    tensors.push({ material, planned });
  }
  const items = itemsOf(tensors.map(({ planned }) => planned));
  if (items.length < 2) return noPool;
  const groups = [true, false].flatMap((ranks) => quantiles(items.filter((item) => item.ranks === ranks)));
  const pool = refine(items, fit(sorted(groups)));
  const shared = tensors
    .filter(({ material }) => material.data.length <= largest)
    .map(({ material, planned }) => sharePlans(planned, material.tensor!, effortFor(material, level), pool));
  return refine(itemsOf(shared), pool);
}
