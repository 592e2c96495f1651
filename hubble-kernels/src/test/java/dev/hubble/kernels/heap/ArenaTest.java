// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArenaTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void blocksNeverShareAnElement(int seed) {
    var random = new Random(seed);
    var arena = new Arena(false);
    var blocks = new ArrayList<Block>();
    var marks = new ArrayList<Integer>();
    if (seed > 3) {
      arena.reserve(300_000);
    }
    for (int i = 1; i < 20_000; i++) {
      boolean take = blocks.isEmpty() || (blocks.size() < 100 && random.nextInt(100) < 52);
      if (take) {
        int length = random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(3000);
        var block = arena.take(length);
        assertThat(block.length()).isGreaterThanOrEqualTo(length);
        Arrays.fill(block.data(), block.offset(), block.offset() + block.length(), i);
        blocks.add(block);
        marks.add(i);
      } else {
        int which = random.nextInt(blocks.size());
        var block = blocks.remove(which);
        float mark = marks.get(which);
        marks.subList(which, which + 1).clear();
        for (int k = 0; k < block.length(); k++) {
          if (block.data()[block.offset() + k] != mark) {
            throw new AssertionError("element " + k + " of " + block.length() + " was overwritten");
          }
        }
        arena.give(block);
      }
      assertThat(arena.live()).isEqualTo(blocks.size());
    }
  }

  @Test
  void everyBlockBeginsWithACacheLine() {
    var random = new Random(3);
    var arena = new Arena(false);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      var block = arena.take(1 + random.nextInt(100_000));
      assertThat(block.offset() % CacheLine.FLOATS).isEqualTo(CacheLine.FIRST);
      blocks.add(block);
      if (random.nextBoolean()) {
        arena.give(blocks.remove(random.nextInt(blocks.size())));
      }
    }
    assertThat(arena.moveOut(blocks.getFirst()).offset()).isEqualTo(CacheLine.FIRST);
  }

  @Test
  void whatWasGivenBackBecomesOnePieceInAnyOrder() {
    var random = new Random(7);
    var arena = new Arena(false);
    arena.reserve(64 * 4096);
    for (int round = 0; round < 200; round++) {
      List<Block> blocks = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        blocks.add(arena.take(4096));
      }
      Collections.shuffle(blocks, random);
      blocks.forEach(arena::give);
      var whole = arena.take(64 * 4096);
      assertThat(whole.offset()).isEqualTo(CacheLine.FIRST);
      arena.give(whole);
      assertThat(arena.held()).isEqualTo(64 * 4096);
    }
  }

  /// Scopes as a network opens them: the second time around nothing more is asked of the heap.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void aStepLikeTheOneBeforeNeedsNoMoreMemory(int seed) {
    var arena = new Arena(false);
    step(arena, seed);
    step(arena, seed);
    long held = arena.held();
    for (int i = 0; i < 10; i++) {
      step(arena, seed);
      assertThat(arena.held()).isEqualTo(held);
    }
    assertThat(held).isLessThan(5 * arena.peak() / 2);
  }

  private static void step(Arena arena, int seed) {
    var random = new Random(seed);
    var kept = new ArrayDeque<Block>();
    for (int block = 0; block < 60; block++) {
      int width = 8192 << random.nextInt(4);
      var inner = new ArrayList<Block>();
      for (int i = 0; i < 4; i++) {
        inner.add(arena.take(width * (1 + random.nextInt(4))));
      }
      kept.push(arena.take(width));
      inner.reversed().forEach(arena::give);
      if (block > 30) {
        arena.give(kept.pop());
        arena.give(kept.removeLast());
      }
    }
    kept.forEach(arena::give);
    assertThat(arena.live()).isZero();
  }

  @Test
  void arraysOfWhichNothingIsUsedMakeRoomForLongerOnes() {
    var arena = new Arena(false);
    for (int length = 100_000; length < 3_000_000; length += 100_000) {
      arena.give(arena.take(length));
      assertThat(arena.held()).isLessThanOrEqualTo(length + length / 2);
    }
  }

  @Test
  void freeMemoryIsPoisoned() {
    var arena = new Arena(true);
    var block = arena.take(100);
    assertThat(elements(block)).containsOnly(Float.NaN);
    Arrays.fill(block.data(), block.offset(), block.offset() + block.length(), 1);
    arena.give(block);
    assertThat(elements(block)).containsOnly(Float.NaN);
  }

  private static float[] elements(Block block) {
    return Arrays.copyOfRange(block.data(), block.offset(), block.offset() + block.length());
  }
}
