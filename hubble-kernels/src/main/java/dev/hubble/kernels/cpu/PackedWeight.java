// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.PackedNumbers;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapOps;
import dev.hubble.kernels.heap.HeapWeight;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A weight cut into panels of output channels: `[panel][row of the filter][kw·in][columns]`.
///
/// In memory order a kernel reads a panel once, front to back. In an NHWC image the `kw·in` inputs
/// under one row of the filter lie side by side, so a kh x kw filter is kh matrix products of depth
/// kw·in, and a linear layer is the case kh = kw = 1. The last channels, which do not fill a wide
/// panel, are in narrow panels of one vector each, the very last filled up with zeros.
final class PackedWeight extends HeapWeight {
  /// One panel: its first output channel, its width, and how many of its columns are channels.
  record Panel(int first, int width, int columns, int at) {}

  final int outs;
  final int ins;
  final int kh;
  final int kw;
  final Panel[] panels;

  // The first channel of each panel.
  private final int[] firsts;
  private final PackedNumbers numbers;

  // Whether it stays as it is, and is transformed for each use.
  private final boolean plain;

  // Made when a convolution first asks for them, or at once if they are all that is kept.
  private final Map<WinogradTile, WinogradWeight> transformed = new EnumMap<>(WinogradTile.class);

  /// @param form the only form that this 3x3 filter is kept in; null for the plain one
  /// @param plain whether the plain form stays the only one
  private PackedWeight(
      CpuOps ops, Shape shape, HostTensor source, @Nullable WinogradTile form, boolean plain) {
    super(ops, shape);
    outs = shape.dim(0);
    ins = shape.dim(1);
    kh = shape.rank() == 4 ? shape.dim(2) : 1;
    kw = shape.rank() == 4 ? shape.dim(3) : 1;
    int wide = ops.kernels().panel();
    int narrow = ops.kernels().lanes();
    int wides = outs / wide;
    int narrows = Math.ceilDiv(outs - wides * wide, narrow);
    long size = (wides * (long) wide + narrows * (long) narrow) * kh * kw * ins;
    HeapOps.checkLength(
        shape.rank() == 4 ? "convWeight" : "linearWeight", "a packed weight " + shape, size);
    this.plain = plain;
    numbers = new PackedNumbers(ops.weightType(), form == null ? (int) size : 0);
    panels = new Panel[wides + narrows];
    firsts = new int[panels.length];
    int perColumn = kh * kw * ins;
    for (int p = 0; p < panels.length; p++) {
      int first = p < wides ? p * wide : wides * wide + (p - wides) * narrow;
      int width = p < wides ? wide : narrow;
      panels[p] = new Panel(first, width, Math.min(width, outs - first), first * perColumn);
      firsts[p] = first;
    }
    if (form == null) {
      ops.parallel(panels.length, p -> keep(source, panels[p], ops));
    } else {
      transformed.put(form, new WinogradWeight(ops, this, form, source));
    }
  }

  static PackedWeight linear(CpuOps ops, HostTensor source) {
    return new PackedWeight(ops, matrix(source), source, null, false);
  }

  static PackedWeight conv(CpuOps ops, HostTensor source) {
    return new PackedWeight(ops, filter(source), source, null, false);
  }

  /// A filter that sees images of `height x width` pixels.
  static PackedWeight conv(CpuOps ops, HostTensor source, int height, int width) {
    var shape = filter(source);
    if (shape.dim(2) != 3 || shape.dim(3) != 3) {
      return conv(ops, source);
    }
    var tile = ops.policy().choose(height, width, shape.dim(1), shape.dim(0)).tile();
    boolean keeps = ConvolutionPolicy.keeps(height, width);
    return new PackedWeight(ops, shape, source, keeps ? tile : null, tile != null && !keeps);
  }

  /// The form that this filter is kept in alone; null if it is the plain one.
  @Nullable WinogradTile only() {
    return numbers.length() == 0 && transformed.size() == 1
        ? transformed.keySet().iterator().next()
        : null;
  }

  /// Whether this filter, where it sees images of `height x width`, is kept in Winograd's form.
  boolean keepsTransformed(int height, int width) {
    return only() != null || (!plain && ConvolutionPolicy.keeps(height, width));
  }

  /// The plain numbers: none if this filter is kept in another form alone.
  PackedNumbers numbers() {
    return numbers;
  }

  /// How many inputs one row of the filter takes.
  int depth() {
    return kw * ins;
  }

  /// This 3x3 filter for Winograd's algorithm, kept from now on.
  WinogradWeight transformed(CpuOps ops, WinogradTile tile) {
    return transformed.computeIfAbsent(
        tile, t -> new WinogradWeight(ops, this, t, Block.ofLength(WinogradWeight.size(this, t))));
  }

  private void keep(HostTensor source, Panel panel, CpuOps ops) {
    float[] packed = ops.floats(Scratch.Use.UNPACKED, elements(panel));
    pack(source, panel, packed);
    numbers.set(panel.at, packed, CacheLine.FIRST, elements(panel));
  }

  /// How many columns panels `begin..end-1` have together, filled up.
  int width(int begin, int end) {
    return panels[end - 1].first + panels[end - 1].width - panels[begin].first;
  }

  /// How many plain numbers a panel has.
  int elements(Panel panel) {
    return kh * kw * ins * panel.width;
  }

  /// Puts the plain numbers of a panel into `packed`, from its first line on.
  void pack(HostTensor source, Panel panel, float[] packed) {
    int perChannel = ins * kh * kw;
    float[] row = new float[perChannel];
    if (panel.columns < panel.width) {
      Arrays.fill(packed, CacheLine.FIRST, CacheLine.FIRST + elements(panel), 0);
    }
    for (int o = 0; o < panel.columns; o++) {
      source.read((long) (panel.first + o) * perChannel, row, 0, perChannel);
      int at = CacheLine.FIRST + o;
      for (int i = 0; i < kh; i++) {
        for (int j = 0; j < kw; j++) {
          for (int c = 0; c < ins; c++) {
            packed[at] = row[(c * kh + i) * kw + j];
            at += panel.width;
          }
        }
      }
    }
  }

  @Override
  public long bytes() {
    long bytes = numbers.bytes();
    for (var each : transformed.values()) {
      bytes += (long) Float.BYTES * each.length();
    }
    return bytes;
  }

  /// The panel whose first output channel is `channel` and whose columns are all channels, wide or
  /// narrow like `like`; -1 if there is none.
  int panelAt(int channel, Panel like) {
    int p = Arrays.binarySearch(firsts, channel);
    return p >= 0 && panels[p].width == like.width && panels[p].columns >= like.columns ? p : -1;
  }
}
