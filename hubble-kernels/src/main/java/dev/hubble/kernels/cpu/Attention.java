// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/// Attention: which thread computes what ([AttentionPanel]), and the copies of keys and values that
/// it reads.
///
/// What panels of queries read again and again, a head's keys and values, lies together: strided
/// rows would compete for the same places in the cache. Where heads are small, a thread copies them
/// for itself, since a line that another core has written comes from far away.
final class Attention {
  /// With so many heads for each thread it copies whole heads for itself. With fewer, several would
  /// copy the same one, and so they first copy all together.
  private static final int HEADS = 2;

  /// Elements of a head's keys and values, at most, that a thread copies for itself: a megabyte, as
  /// much as stays in its cache. What does not may as well come from another's.
  private static final int NEAR = 1 << 18;

  /// Elements of all heads' keys and values, at most, beside which a panel of queries of all heads
  /// still is in the second cache.
  private static final int FEW_KEYS = 1 << 17;

  /// With fewer such panels per thread, one that is late holds up the others for too long.
  private static final int BLOCKS = 8;

  /// Where a head's keys and values begin in a thread's arrays.
  private static final int LINE = CacheLine.FIRST;

  /// Tells calls apart.
  private static final AtomicInteger CALLS = new AtomicInteger();

  private final CpuOps ops;
  private final HeapTensor q;
  private final HeapTensor k;
  private final HeapTensor v;
  private final HeapTensor y;
  private final int heads;
  private final int width;
  private final int keys;

  /// Heads of all images.
  private final int all;

  /// Elements of a head's keys, and of its values.
  private final int size;

  /// Panels of queries of an image.
  private final int panels;

  private final AttentionPanel panel;

  /// Prepares `y = softmax(q kᵀ / √width) v` for each head; the operands' shapes are known to fit.
  ///
  /// @param causal whether a query sees no key after its own
  Attention(
      CpuOps ops,
      HeapTensor q,
      HeapTensor k,
      HeapTensor v,
      int heads,
      boolean causal,
      HeapTensor y) {
    this.ops = ops;
    this.q = q;
    this.k = k;
    this.v = v;
    this.y = y;
    this.heads = heads;
    this.width = q.dim(2) / heads;
    this.keys = k.dim(1);
    this.all = q.dim(0) * heads;
    this.size = width * keys;
    this.panels = Math.ceilDiv(q.dim(1), ops.kernels().panel());
    this.panel = new AttentionPanel(ops, q, heads, keys, causal, y);
  }

  void run() {
    int blocks = q.dim(0) * panels;
    if (heads > 1 && 2L * heads * size <= FEW_KEYS && blocks >= BLOCKS * ops.threads()) {
      together(true);
    } else if (all >= HEADS * ops.threads() && 2L * size <= NEAR) {
      apart();
    } else {
      together(false);
    }
  }

  /// Each thread copies the heads of its tiles.
  private void apart() {
    int call = CALLS.incrementAndGet();
    var tiles = new Tiles(all, panels, panels, ops.threads());
    ops.parallel(
        tiles.count(),
        t -> {
          int head = tiles.block(t);
          float[] copied = ops.floats(Scratch.Use.KEYS, size);
          float[] values = ops.floats(Scratch.Use.VALUES, size);
          float[] largest = ops.floats(Scratch.Use.LARGEST, 1);
          int[] last = ops.ints(Scratch.Use.HEAD, 2);
          if (last[0] != call || last[1] != head) {
            largest[LINE] = copy(head, copied, LINE, values, LINE);
            last[0] = call;
            last[1] = head;
          }
          for (int p = tiles.begin(t); p < tiles.end(t); p++) {
            panel.run(head, p, copied, LINE, largest[LINE], values, LINE, AttentionPanel.UNKNOWN);
          }
        });
  }

  /// All threads copy, then all compute.
  ///
  /// @param rows whether a tile is whole rows, a panel of queries of all heads
  private void together(boolean rows) {
    var copied = ops.scratch("attention", (long) all * size);
    var values = ops.scratch("attention", (long) all * size);
    float[] largest = new float[all];
    try {
      ops.parallel(
          all,
          h -> {
            int at = h * size;
            largest[h] =
                copy(h, copied.data(), copied.offset() + at, values.data(), values.offset() + at);
          });
      int beside = rows ? heads : 1;
      ops.parallel(
          all / beside * panels,
          t -> {
            int p = t % panels;
            int begin = t / panels * beside;
            float query = rows ? fetch(begin / heads, p) : AttentionPanel.UNKNOWN;
            for (int h = begin; h < begin + beside; h++) {
              int keysAt = copied.offset() + h * size;
              int valuesAt = values.offset() + h * size;
              panel.run(h, p, copied.data(), keysAt, largest[h], values.data(), valuesAt, query);
            }
          });
    } finally {
      ops.release(values);
      ops.release(copied);
    }
  }

  /// Brings panel p of the queries of all heads, and the places of their results, into the cache:
  /// from memory they come several times as fast in order than head by head.
  ///
  /// @return the largest of these queries
  private float fetch(int image, int p) {
    int panel = ops.kernels().panel();
    int channels = q.dim(2);
    int count = Math.min(panel, q.dim(1) - p * panel) * channels;
    int at = (image * q.dim(1) + p * panel) * channels;
    // What is stored before the results does not matter.
    Arrays.fill(y.data(), y.offset() + at, y.offset() + at + count, 0);
    return ops.kernels().largest(q.data(), q.offset() + at, count);
  }

  /// Copies the keys of one of all images' heads, `[keys][width]`, and its values, as
  /// `[width][keys]`, out of rows of all heads.
  ///
  /// @return the largest element of the keys
  private float copy(int head, float[] keysTo, int keysAt, float[] valuesTo, int valuesAt) {
    var kernels = ops.kernels();
    int channels = k.dim(2);
    int first = head / heads * keys * channels + head % heads * width;
    for (int j = 0; j < keys; j++) {
      int from = k.offset() + first + j * channels;
      System.arraycopy(k.data(), from, keysTo, keysAt + j * width, width);
    }
    int from = v.offset() + first;
    kernels.transpose(v.data(), from, channels, keys, width, 1, valuesTo, valuesAt, keys);
    return kernels.largest(keysTo, keysAt, size);
  }
}
