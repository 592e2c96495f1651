// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;

import dev.hubble.kernels.cpu.Kernels;
import dev.hubble.kernels.heap.CacheLine;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The kernels with the Vector API.
///
/// No sums across lanes by the API: their order is unspecified, and differs between interpreted and
/// compiled code. Ends of ranges that do not fill a vector are done under a mask.
public final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> S = Species.FLOAT;
  private static final int LANES = Species.LANES;
  private static final int PANEL = Species.PANEL;

  /// What a weight is at most before the maximum is raised.
  private static final float LARGEST_WEIGHT = 1L << HEADROOM;

  /// The lanes of two vectors that are being added up, or go from one loop to another.
  private static final ThreadLocal<float[]> TEMPORARY =
      ThreadLocal.withInitial(() -> new float[2 * LANES]);

  /// What a block of keys adds to the sums of a panel's queries.
  private static final ThreadLocal<float[]> ADDED =
      ThreadLocal.withInitial(() -> CacheLine.array(PANEL));

  /// The kernels have no state.
  public VectorKernels() {}

  @Override
  public String description() {
    return "Vector API, " + S.vectorBitSize() + "-bit";
  }

  @Override
  public int panel() {
    return PANEL;
  }

  @Override
  public int lanes() {
    return LANES;
  }

  /// Covers the rows with tiles of 6 and 4. A tile that reaches over the end does the last row
  /// several times, with the same result.
  @Override
  public void multiply(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      int width,
      float[] c,
      int[] cRows,
      int cShift,
      int rows,
      boolean accumulate) {
    int r = 0;
    while (r < rows) {
      int left = rows - r;
      // 8 = 4 + 4 and 10 = 6 + 4 leave no row over.
      boolean four = left <= 4 || left == 8;
      if (width != PANEL) {
        RegisterTiles.tile6x1(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
        r += 6;
      } else if (Species.VECTORS == 4) {
        if (four) {
          RegisterTiles.tile4x4(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
          r += 4;
        } else {
          RegisterTiles.tile6x4(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
          r += 6;
        }
      } else if (four) {
        RegisterTiles.tile4x2(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
        r += 4;
      } else {
        RegisterTiles.tile6x2(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
        r += 6;
      }
    }
  }

  @Override
  public void winogradInput(
      int m,
      float[] x,
      int xAt,
      int xRow,
      int xColumn,
      int channels,
      float[] v,
      int vAt,
      int vPosition) {
    if (m == 4) {
      WinogradVectors.input4(x, xAt, xRow, xColumn, channels, v, vAt, vPosition);
    } else {
      WinogradVectors.input2(x, xAt, xRow, xColumn, channels, v, vAt, vPosition);
    }
  }

  @Override
  public void winogradOutput(
      int m,
      float[] products,
      int at,
      int position,
      int channels,
      float[] shift,
      int shiftAt,
      float[] y,
      int yAt,
      int yRow,
      int yColumn,
      int rows,
      int columns) {
    if (m == 4) {
      WinogradVectors.output4(
          products, at, position, channels, shift, shiftAt, y, yAt, yRow, yColumn, rows, columns);
    } else {
      WinogradVectors.output2(
          products, at, position, channels, shift, shiftAt, y, yAt, yRow, yColumn, rows, columns);
    }
  }

  @Override
  public void softmax(
      float[] scores,
      int keys,
      boolean bounded,
      float[] max,
      float[] sum,
      float[] out,
      int width,
      int at) {
    for (int q = at; q < at + PANEL; q += LANES) {
      raise(scores, keys, max, sum, out, width, q);
      if (!bounded) {
        Functions.exp2(scores, q, PANEL, keys, max, q, sum, q);
      }
    }
    if (bounded) {
      // A panel has an even number of vectors.
      for (int q = at; q < at + PANEL; q += 2 * LANES) {
        Functions.boundedExp2(scores, q, PANEL, keys, max, q, sum, q);
      }
    }
  }

  /// A weight is never negative, so that none is larger than their sum: the sum, which is taken
  /// anyway, tells whether one is too large.
  @Override
  public boolean softmaxBelow(float[] scores, int keys, float[] max, float[] sum, int at) {
    float[] added = ADDED.get();
    Arrays.fill(added, 0);
    for (int q = 0; q < PANEL; q += 2 * LANES) {
      Functions.boundedExp2(scores, at + q, PANEL, keys, max, at + q, added, CacheLine.FIRST + q);
    }
    float most = keys * LARGEST_WEIGHT;
    for (int q = 0; q < PANEL; q += LANES) {
      if (fromArray(S, added, CacheLine.FIRST + q).compare(GT, most).anyTrue()) {
        return false;
      }
    }
    add(added, CacheLine.FIRST, sum, at, PANEL);
    return true;
  }

  /// Raises the running maximum of those queries from `q` on that have a score larger by more than
  /// [#HEADROOM], and rescales what it applied to. After the first block this is rare.
  private static void raise(
      float[] scores, int keys, float[] max, float[] sum, float[] out, int width, int q) {
    var before = fromArray(S, max, q);
    var top = before;
    // Four maxima side by side: each compare waits for the one before it in its row. By comparison:
    // a NaN is never greater, and spoils its query's sum later.
    var second = before;
    var third = before;
    var fourth = before;
    int j = 0;
    for (; j < keys - 3; j += 4) {
      int at = j * PANEL + q;
      var a = fromArray(S, scores, at);
      top = top.blend(a, a.compare(GT, top));
      var b = fromArray(S, scores, at + PANEL);
      second = second.blend(b, b.compare(GT, second));
      var c = fromArray(S, scores, at + 2 * PANEL);
      third = third.blend(c, c.compare(GT, third));
      var d = fromArray(S, scores, at + 3 * PANEL);
      fourth = fourth.blend(d, d.compare(GT, fourth));
    }
    for (; j < keys; j++) {
      var score = fromArray(S, scores, j * PANEL + q);
      top = top.blend(score, score.compare(GT, top));
    }
    top = top.blend(second, second.compare(GT, top));
    third = third.blend(fourth, fourth.compare(GT, third));
    top = top.blend(third, third.compare(GT, top));
    var higher = top.compare(GT, before.add(HEADROOM));
    if (!higher.anyTrue()) {
      return;
    }
    before.blend(top, higher).intoArray(max, q);
    // By arrays: calls on the way to what is rare are not inlined, and a vector would be an object.
    float[] lanes = TEMPORARY.get();
    before.intoArray(lanes, 0);
    Functions.exp2(lanes, 0, LANES, 1, max, q, lanes, LANES);
    var shrink = fromArray(S, lanes, 0);
    fromArray(S, sum, q).mul(shrink).intoArray(sum, q);
    for (int i = 0; i < width; i++) {
      fromArray(S, out, i * PANEL + q).mul(shrink).intoArray(out, i * PANEL + q);
    }
  }

  /// By the reciprocals, which are taken once for all rows: a division takes as long as many
  /// products.
  @Override
  public void divide(float[] out, int width, float[] sum, int at) {
    for (int q = at; q < at + PANEL; q += LANES) {
      var share = FloatVector.broadcast(S, 1f).div(fromArray(S, sum, q));
      for (int i = 0; i < width; i++) {
        fromArray(S, out, i * PANEL + q).mul(share).intoArray(out, i * PANEL + q);
      }
    }
  }

  @Override
  public void transpose(
      float[] x,
      int xAt,
      int xStep,
      int rows,
      int columns,
      float scale,
      float[] y,
      int yAt,
      int yStep) {
    Transposition.run(x, xAt, xStep, rows, columns, scale, y, yAt, yStep);
  }

  @Override
  public float largest(float[] x, int at, int n) {
    // Without the sign, a float's bits are larger as an integer if it is larger, and NaN's are
    // larger than those of all numbers.
    var bits = IntVector.zero(Species.INT);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      bits = bits.max(fromArray(S, x, at + i).abs().reinterpretAsInts());
    }
    int largest = bits.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(Math.abs(x[at + i])));
    }
    return Float.intBitsToFloat(largest);
  }

  @Override
  public void add(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      fromArray(S, y, yAt + i).add(fromArray(S, x, xAt + i)).intoArray(y, yAt + i);
    }
    if (i < n) {
      var mask = S.indexInRange(i, n);
      fromArray(S, y, yAt + i, mask)
          .add(fromArray(S, x, xAt + i, mask))
          .intoArray(y, yAt + i, mask);
    }
  }

  @Override
  public void silu(float[] x, int xAt, float[] y, int yAt, int n) {
    Functions.swish(x, xAt, 1, y, yAt, n);
  }

  @Override
  public void quickGelu(float[] x, int xAt, float[] y, int yAt, int n) {
    Functions.swish(x, xAt, 1.702f, y, yAt, n);
  }

  @Override
  public void geglu(float[] a, int aAt, float[] g, int gAt, float[] y, int yAt, int n) {
    Functions.geglu(a, aAt, g, gAt, y, yAt, n);
  }

  @Override
  public void moments(
      float[] x,
      int xAt,
      int rows,
      int channels,
      float[] centre,
      int centreAt,
      double[] sums,
      double[] squares,
      int sumsAt) {
    float[] lanes = TEMPORARY.get();
    for (int c = 0; c < channels; c += LANES) {
      int n = Math.min(LANES, channels - c);
      var sum = FloatVector.zero(S);
      var square = FloatVector.zero(S);
      if (n == LANES) {
        var middle = fromArray(S, centre, centreAt + c);
        for (int r = 0; r < rows; r++) {
          var d = fromArray(S, x, xAt + r * channels + c).sub(middle);
          sum = sum.add(d);
          square = d.fma(d, square);
        }
      } else {
        var mask = S.indexInRange(0, n);
        var middle = fromArray(S, centre, centreAt + c, mask);
        for (int r = 0; r < rows; r++) {
          var d = fromArray(S, x, xAt + r * channels + c, mask).sub(middle);
          sum = sum.add(d);
          square = d.fma(d, square);
        }
      }
      sum.intoArray(lanes, 0);
      square.intoArray(lanes, LANES);
      for (int i = 0; i < n; i++) {
        sums[sumsAt + c + i] += lanes[i];
        squares[sumsAt + c + i] += lanes[LANES + i];
      }
    }
  }

  @Override
  public void scaleShift(
      float[] x,
      int xAt,
      int rows,
      int channels,
      float[] scale,
      float[] shift,
      int at,
      boolean silu,
      float[] y,
      int yAt) {
    for (int r = 0; r < rows; r++) {
      int from = xAt + r * channels;
      int into = yAt + r * channels;
      int c = 0;
      for (; c <= channels - LANES; c += LANES) {
        fromArray(S, x, from + c)
            .fma(fromArray(S, scale, at + c), fromArray(S, shift, at + c))
            .intoArray(y, into + c);
      }
      if (c < channels) {
        var mask = S.indexInRange(c, channels);
        fromArray(S, x, from + c, mask)
            .fma(fromArray(S, scale, at + c, mask), fromArray(S, shift, at + c, mask))
            .intoArray(y, into + c, mask);
      }
      if (silu) {
        silu(y, into, y, into, channels);
      }
    }
  }

  @Override
  public void normaliseRow(
      float[] x,
      int xAt,
      int n,
      float eps,
      float[] gamma,
      int gammaAt,
      float[] beta,
      int betaAt,
      float[] y,
      int yAt) {
    float[] lanes = TEMPORARY.get();
    float mean = (float) (sum(x, xAt, n, 0, false, lanes) / n);
    // The rounding of the mean is taken back out of it, and out of the variance.
    double off = sum(x, xAt, n, mean, false, lanes) / n;
    double square = sum(x, xAt, n, mean, true, lanes) / n;
    float scale = (float) (1 / Math.sqrt(Math.max(0, square - off * off) + eps));
    var middle = FloatVector.broadcast(S, mean);
    var factor = FloatVector.broadcast(S, scale);
    var shift = FloatVector.broadcast(S, (float) (-off * scale));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      fromArray(S, x, xAt + i)
          .sub(middle)
          .fma(factor, shift)
          .fma(fromArray(S, gamma, gammaAt + i), fromArray(S, beta, betaAt + i))
          .intoArray(y, yAt + i);
    }
    if (i < n) {
      var mask = S.indexInRange(i, n);
      fromArray(S, x, xAt + i, mask)
          .sub(middle)
          .fma(factor, shift)
          .fma(fromArray(S, gamma, gammaAt + i, mask), fromArray(S, beta, betaAt + i, mask))
          .intoArray(y, yAt + i, mask);
    }
  }

  /// The sum of `x - centre`, or of its square, over `n` elements.
  private static double sum(
      float[] x, int xAt, int n, float centre, boolean square, float[] lanes) {
    var middle = FloatVector.broadcast(S, centre);
    var even = FloatVector.zero(S);
    var odd = FloatVector.zero(S);
    double sum = 0;
    int i = 0;
    for (; i <= n - 2 * LANES; i += 2 * LANES) {
      var d = fromArray(S, x, xAt + i).sub(middle);
      var e = fromArray(S, x, xAt + i + LANES).sub(middle);
      even = square ? d.fma(d, even) : even.add(d);
      odd = square ? e.fma(e, odd) : odd.add(e);
    }
    even.intoArray(lanes, 0);
    odd.intoArray(lanes, LANES);
    for (float lane : lanes) {
      sum += lane;
    }
    for (; i < n; i++) {
      double d = (double) x[xAt + i] - centre;
      sum += square ? d * d : d;
    }
    return sum;
  }
}
