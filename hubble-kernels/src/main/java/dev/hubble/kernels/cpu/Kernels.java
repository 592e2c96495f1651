// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

/// The inner loops of the backend: what one thread does to one tile, on plain arrays.
///
/// There are two implementations: one in plain Java and one with the Vector API, which is loaded
/// only where that module is. Every method does to an element the same arithmetic in the same order
/// wherever in a tile the element is, so that results do not depend on how the work was cut.
public interface Kernels {
  /// What this is, for a person: `Vector API, 512-bit`.
  String description();

  /// Columns of a wide panel of packed weights.
  int panel();

  /// Columns of a narrow panel, of which there may be some at the right edge; divides [#panel].
  int lanes();

  /// By how many powers of 2 a score may exceed the maximum before that must be raised. Powers up
  /// to 2^40 are as exact as those up to 1, and sums of many of them times values are still far
  /// from the largest float.
  int HEADROOM = 40;

  /// How many entries the row offsets of [#multiply] need beyond the last row.
  int ROW_PADDING = 5;

  /// `C (+)= A·B` for `rows` rows and one panel of `width` columns, which is [#panel] or [#lanes].
  ///
  /// Row r of A begins at `a[aRows[r] + aShift]` and has `depth` consecutive elements; B is packed,
  /// `[depth][width]`, from `b[bAt]` on; row r of C begins at `c[cRows[r] + cShift]`. The sum over
  /// the depth is taken in order, one fused multiply-add per element, starting with C's element or
  /// 0, so cutting the depth in blocks changes no bit. Both lists of rows repeat their last entry
  /// [#ROW_PADDING] times.
  void multiply(
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
      boolean accumulate);

  /// `V = Bᵀ d B`, the input transform of [WinogradTile] F(m x m): for each channel a patch of n x
  /// n elements, `n = m + 2`, becomes the values at n² positions.
  ///
  /// Element (i,j) of channel c is `x[xAt + i·xRow + j·xColumn + c]`, position e of it goes to
  /// `v[vAt + e·vPosition + c]`.
  ///
  /// @param channels a multiple of [#lanes]
  void winogradInput(
      int m,
      float[] x,
      int xAt,
      int xRow,
      int xColumn,
      int channels,
      float[] v,
      int vAt,
      int vPosition);

  /// `Y = Aᵀ M A + shift`, the output transform of [WinogradTile] F(m x m): for each channel the
  /// products at n² positions become a tile of m x m elements, of which the first `rows x columns`
  /// are stored.
  ///
  /// Position e of channel c is `products[at + e·position + c]`; element (i,j) of it goes to `y[yAt
  /// + i·yRow + j·yColumn + c]`.
  ///
  /// @param channels a multiple of [#lanes]
  void winogradOutput(
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
      int columns);

  /// One block of keys of the online softmax (Milakov & Gimelshein, 2018, arXiv:1805.02867),
  /// queries in lanes. On entry `scores[j][q]`, `[keys][panel]`, are base-2 logits; on return
  /// `2^(score - max)`. `max` and `sum`, `[panel]`, are the running maximum and sum, and `out`,
  /// `[width][panel]`, the running weighted values, which are rescaled when the maximum grows. A
  /// kernel may leave a maximum as it is until one is larger by more than [#HEADROOM].
  ///
  /// @param bounded whether all scores are known to be numbers between -2^20 and 2^20. Then weights
  ///   that should be below 2^-125 may be that instead
  /// @param at where in each of the arrays the numbers begin
  void softmax(
      float[] scores,
      int keys,
      boolean bounded,
      float[] max,
      float[] sum,
      float[] out,
      int width,
      int at);

  /// The same for a block of keys whose scores are not known to call for a larger maximum, and
  /// seldom do: none is looked for, and nothing is rescaled. The scores must be bounded as above,
  /// and the maxima numbers.
  ///
  /// @return whether no weight is too large. If one is, only the scores have changed: they must be
  ///   computed again, for [#softmax]
  boolean softmaxBelow(float[] scores, int keys, float[] max, float[] sum, int at);

  /// `out[i][q] /= sum[q]` for `width` rows of `[panel]` elements, the end of the online softmax.
  /// Both arrays' numbers begin at element `at`.
  void divide(float[] out, int width, float[] sum, int at);

  /// `y[c][r] = x[r][c] · scale` for `rows x columns` elements: row r of `x` begins at `x[xAt +
  /// r·xStep]`, row c of `y` at `y[yAt + c·yStep]`.
  void transpose(
      float[] x,
      int xAt,
      int xStep,
      int rows,
      int columns,
      float scale,
      float[] y,
      int yAt,
      int yStep);

  /// The largest absolute value of `n` elements, 0 of none; NaN if one of them is.
  float largest(float[] x, int at, int n);

  /// `y += x` for `n` elements.
  void add(float[] x, int xAt, float[] y, int yAt, int n);

  /// `y = silu(x)` for `n` elements.
  void silu(float[] x, int xAt, float[] y, int yAt, int n);

  /// `y = quickGelu(x)` for `n` elements.
  void quickGelu(float[] x, int xAt, float[] y, int yAt, int n);

  /// `y = a · g · Φ(g)` for `n` elements.
  void geglu(float[] a, int aAt, float[] g, int gAt, float[] y, int yAt, int n);

  /// For each channel c of `channels` adds to `sums[sumsAt + c]` the sum over `rows` rows of `x -
  /// centre[centreAt + c]` and to `squares[sumsAt + c]` that of its square. The rows are summed in
  /// float and so must be few.
  void moments(
      float[] x,
      int xAt,
      int rows,
      int channels,
      float[] centre,
      int centreAt,
      double[] sums,
      double[] squares,
      int sumsAt);

  /// `y[r,c] = x[r,c]·scale[at + c] + shift[at + c]`, then silu if asked for; rows of `channels`
  /// elements.
  void scaleShift(
      float[] x,
      int xAt,
      int rows,
      int channels,
      float[] scale,
      float[] shift,
      int at,
      boolean silu,
      float[] y,
      int yAt);

  /// Normalises one row of `n` elements to mean 0 and variance 1, then scales and shifts.
  void normaliseRow(
      float[] x,
      int xAt,
      int n,
      float eps,
      float[] gamma,
      int gammaAt,
      float[] beta,
      int betaAt,
      float[] y,
      int yAt);
}
