// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.NormalCdf;

/// The kernels in plain Java, for a JVM without the Vector API.
public final class PlainKernels implements Kernels {
  private static final int PANEL = 4;

  /// The kernels have no state.
  public PlainKernels() {}

  @Override
  public String description() {
    return "plain Java (no Vector API)";
  }

  @Override
  public int panel() {
    return PANEL;
  }

  @Override
  public int lanes() {
    return PANEL;
  }

  /// Four rows at a time: 16 sums in registers.
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
    for (int r = 0; r < rows; r += 4) {
      multiply4(a, aRows, aShift, depth, b, bAt, c, cRows, cShift, r, accumulate);
    }
  }

  private static void multiply4(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
    for (int j = 0; j < PANEL; j += 2) {
      int c0 = cRows[r] + cShift + j;
      int c1 = cRows[r + 1] + cShift + j;
      int c2 = cRows[r + 2] + cShift + j;
      int c3 = cRows[r + 3] + cShift + j;
      float s00 = 0;
      float s01 = 0;
      float s10 = 0;
      float s11 = 0;
      float s20 = 0;
      float s21 = 0;
      float s30 = 0;
      float s31 = 0;
      if (accumulate) {
        s00 = c[c0];
        s01 = c[c0 + 1];
        s10 = c[c1];
        s11 = c[c1 + 1];
        s20 = c[c2];
        s21 = c[c2 + 1];
        s30 = c[c3];
        s31 = c[c3 + 1];
      }
      for (int k = 0; k < depth; k++) {
        float b0 = b[bAt + k * PANEL + j];
        float b1 = b[bAt + k * PANEL + j + 1];
        s00 += a[a0 + k] * b0;
        s01 += a[a0 + k] * b1;
        s10 += a[a1 + k] * b0;
        s11 += a[a1 + k] * b1;
        s20 += a[a2 + k] * b0;
        s21 += a[a2 + k] * b1;
        s30 += a[a3 + k] * b0;
        s31 += a[a3 + k] * b1;
      }
      c[c0] = s00;
      c[c0 + 1] = s01;
      c[c1] = s10;
      c[c1 + 1] = s11;
      c[c2] = s20;
      c[c2 + 1] = s21;
      c[c3] = s30;
      c[c3 + 1] = s31;
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
    PlainWinograd.input(m, x, xAt, xRow, xColumn, channels, v, vAt, vPosition);
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
    PlainWinograd.output(
        m, products, at, position, channels, shift, shiftAt, y, yAt, yRow, yColumn, rows, columns);
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
    for (int q = at; q < at + PANEL; q++) {
      float top = max[q];
      for (int j = 0; j < keys; j++) {
        top = Math.max(top, scores[j * PANEL + q]);
      }
      double added = weigh(scores, keys, q, top);
      float shrink = (float) exp2(max[q] - top);
      max[q] = top;
      sum[q] = (float) (sum[q] * shrink + added);
      for (int i = 0; i < width; i++) {
        out[i * PANEL + q] *= shrink;
      }
    }
  }

  @Override
  public boolean softmaxBelow(float[] scores, int keys, float[] max, float[] sum, int at) {
    for (int j = 0; j < keys; j++) {
      for (int q = at; q < at + PANEL; q++) {
        if (scores[j * PANEL + q] > max[q] + HEADROOM) {
          return false;
        }
      }
    }
    for (int q = at; q < at + PANEL; q++) {
      sum[q] = (float) (sum[q] + weigh(scores, keys, q, max[q]));
    }
    return true;
  }

  /// Turns the scores of the query at `q` into weights; their sum.
  private static double weigh(float[] scores, int keys, int q, float top) {
    double sum = 0;
    for (int j = 0; j < keys; j++) {
      double p = exp2(scores[j * PANEL + q] - top);
      scores[j * PANEL + q] = (float) p;
      sum += p;
    }
    return sum;
  }

  @Override
  public void divide(float[] out, int width, float[] sum, int at) {
    for (int i = 0; i < width; i++) {
      for (int q = at; q < at + PANEL; q++) {
        out[i * PANEL + q] /= sum[q];
      }
    }
  }

  /// Eight rows at once: their elements lie side by side in `y`.
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
    int r = 0;
    for (; r < rows - 7; r += 8) {
      int first = xAt + r * xStep;
      for (int c = 0, to = yAt + r; c < columns; c++, to += yStep) {
        for (int i = 0; i < 8; i++) {
          y[to + i] = x[first + c + i * xStep] * scale;
        }
      }
    }
    for (; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        y[yAt + c * yStep + r] = x[xAt + r * xStep + c] * scale;
      }
    }
  }

  @Override
  public float largest(float[] x, int at, int n) {
    float largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(x[at + i]));
    }
    return largest;
  }

  private static double exp2(float x) {
    return Math.exp(x * Math.log(2));
  }

  @Override
  public void add(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] += x[xAt + i];
    }
  }

  @Override
  public void silu(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = silu(x[xAt + i]);
    }
  }

  private static float silu(float x) {
    return (float) (x / (1 + Math.exp(-x)));
  }

  @Override
  public void quickGelu(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      float v = x[xAt + i];
      y[yAt + i] = (float) (v / (1 + Math.exp(-1.702 * v)));
    }
  }

  @Override
  public void geglu(float[] a, int aAt, float[] g, int gAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      float gate = g[gAt + i];
      y[yAt + i] = (float) (a[aAt + i] * (gate * NormalCdf.of(gate)));
    }
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
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < channels; c++) {
        double d = (double) x[xAt + r * channels + c] - centre[centreAt + c];
        sums[sumsAt + c] += d;
        squares[sumsAt + c] += d * d;
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
      for (int c = 0; c < channels; c++) {
        float v = x[xAt + r * channels + c] * scale[at + c] + shift[at + c];
        y[yAt + r * channels + c] = silu ? silu(v) : v;
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
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[xAt + i];
    }
    double mean = sum / n;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double d = x[xAt + i] - mean;
      squares += d * d;
    }
    double scale = 1 / Math.sqrt(squares / n + eps);
    for (int i = 0; i < n; i++) {
      y[yAt + i] = (float) ((x[xAt + i] - mean) * scale * gamma[gammaAt + i] + beta[betaAt + i]);
    }
  }
}
