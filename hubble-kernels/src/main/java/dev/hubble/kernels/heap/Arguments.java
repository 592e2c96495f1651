// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The rules for the shapes of every operation's arguments: each method checks them and returns the
/// shape of the result. A message starts with the operation's name and contains the shapes.
public final class Arguments {
  private Arguments() {}

  /// Throws if `ok` is false.
  public static void require(boolean ok, String op, String rule, Object... given) {
    if (!ok) {
      throw new IllegalArgumentException(op + ": " + rule + ", but given " + list(given));
    }
  }

  private static String list(Object... given) {
    return String.join(" and ", Arrays.stream(given).map(String::valueOf).toList());
  }

  /// [dev.hubble.kernels.Ops#linear]
  public static Shape linear(String op, Shape x, Shape w, @Nullable Shape b) {
    require(w.rank() == 2, op, "the weight must be a matrix [out,in]", w);
    require(
        x.rank() >= 1 && x.dim(-1) == w.dim(1),
        op,
        "the last axis of x must have the weight's input size",
        x,
        w);
    if (b != null) {
      vector(op, "bias", b, w.dim(0));
    }
    return last(x, w.dim(0));
  }

  /// [dev.hubble.kernels.Ops#conv2d]
  public static Shape conv2d(String op, Shape x, Shape w, Shape b, int stride, Padding padding) {
    require(w.rank() == 4, op, "the weight must be a filter [out,in,kh,kw]", w);
    require(x.rank() == 4, op, "x must be an image [N,H,W,C]", x);
    require(x.dim(3) == w.dim(1), op, "x must have the filter's input channels", x, w);
    require(stride >= 1, op, "the stride must be at least 1", stride);
    vector(op, "bias", b, w.dim(0));
    int height = convolved(x.dim(1), w.dim(2), stride, padding);
    int width = convolved(x.dim(2), w.dim(3), stride, padding);
    require(height > 0 && width > 0, op, "the image must be as large as the filter", x, w);
    return Shape.of(x.dim(0), height, width, w.dim(0));
  }

  /// Rows (or columns) of zeros above (or left of) an image.
  public static int before(int kernel, Padding padding) {
    return padding == Padding.SAME ? (kernel - 1) / 2 : 0;
  }

  /// Rows (or columns) of zeros on both sides together.
  public static int border(int kernel, Padding padding) {
    return switch (padding) {
      case SAME -> (kernel - 1) / 2 * 2;
      case BOTTOM_RIGHT -> 1;
      case NONE -> 0;
    };
  }

  private static int convolved(int size, int kernel, int stride, Padding padding) {
    int room = size + border(kernel, padding) - kernel;
    return size == 0 || room < 0 ? 0 : room / stride + 1;
  }

  /// [dev.hubble.kernels.Ops#groupNorm]
  public static Shape groupNorm(String op, Shape x, Shape gamma, Shape beta, int groups) {
    require(x.rank() >= 3, op, "x must be [N,H,W,C] or [N,L,C]", x);
    int channels = x.dim(-1);
    require(
        groups >= 1 && channels % groups == 0,
        op,
        "the number of groups must divide the channels",
        x,
        groups + " groups");
    vector(op, "gamma", gamma, channels);
    vector(op, "beta", beta, channels);
    return x;
  }

  /// [dev.hubble.kernels.Ops#layerNorm]
  public static Shape layerNorm(String op, Shape x, Shape gamma, Shape beta) {
    require(x.rank() >= 1, op, "x must have an axis", x);
    vector(op, "gamma", gamma, x.dim(-1));
    vector(op, "beta", beta, x.dim(-1));
    return x;
  }

  /// [dev.hubble.kernels.Ops#attention]
  public static Shape attention(String op, Shape q, Shape k, Shape v, int heads) {
    require(
        q.rank() == 3 && k.rank() == 3 && v.equals(k),
        op,
        "q must be [N,L,C], k and v [N,M,C]",
        q,
        k,
        v);
    require(
        q.dim(0) == k.dim(0) && q.dim(2) == k.dim(2) && k.dim(1) > 0,
        op,
        "q, k and v must agree in batch and channels, with at least one key",
        q,
        k,
        v);
    require(
        heads >= 1 && q.dim(2) % heads == 0,
        op,
        "the number of heads must divide the channels",
        q,
        heads + " heads");
    return q;
  }

  /// [dev.hubble.kernels.Ops#embedding]
  public static Shape embedding(String op, Shape table, int[] ids) {
    require(table.rank() == 2, op, "the table must be [vocabulary,C]", table);
    for (int id : ids) {
      require(id >= 0 && id < table.dim(0), op, "every id must be a row of the table", id, table);
    }
    return Shape.of(ids.length, table.dim(1));
  }

  /// [dev.hubble.kernels.Ops#geglu]
  public static Shape geglu(String op, Shape x) {
    require(x.rank() >= 1 && x.dim(-1) % 2 == 0, op, "the last axis must be even", x);
    return last(x, x.dim(-1) / 2);
  }

  /// [dev.hubble.kernels.Ops#add]
  public static Shape add(String op, Shape x, Shape y) {
    int lacking = x.rank() - y.rank();
    boolean ok = lacking >= 0;
    for (int i = 0; ok && i < y.rank(); i++) {
      ok = x.dim(lacking + i) == y.dim(i);
    }
    require(ok, op, "y must have the last axes of x", x, y);
    return x;
  }

  /// [dev.hubble.kernels.Ops#addPerImage]
  public static Shape addPerImage(String op, Shape x, Shape v) {
    require(
        x.rank() >= 2 && v.rank() == 2 && x.dim(0) == v.dim(0) && x.dim(-1) == v.dim(1),
        op,
        "x must be [N,...,C] and v [N,C]",
        x,
        v);
    return x;
  }

  /// A second operand of exactly the shape `x`.
  public static void same(String op, Shape x, Shape y) {
    require(x.equals(y), op, "both must have the same shape", x, y);
  }

  /// [dev.hubble.kernels.Ops#concat]
  public static Shape concat(String op, Shape x, Shape y) {
    boolean ok = x.rank() >= 1 && x.rank() == y.rank();
    for (int i = 0; ok && i < x.rank() - 1; i++) {
      ok = x.dim(i) == y.dim(i);
    }
    require(ok, op, "all axes but the last must be equal", x, y);
    return last(x, x.dim(-1) + y.dim(-1));
  }

  /// [dev.hubble.kernels.Ops#batch]
  public static Shape batch(String op, Shape[] xs) {
    require(xs.length > 0, op, "there must be a tensor", "none");
    long first = 0;
    for (var x : xs) {
      boolean ok = x.rank() >= 1 && x.rank() == xs[0].rank();
      for (int i = 1; ok && i < x.rank(); i++) {
        ok = x.dim(i) == xs[0].dim(i);
      }
      require(ok, op, "all axes but the first must be equal", xs[0], x);
      first += x.dim(0);
    }
    require(first <= Integer.MAX_VALUE, op, "the first axis must fit in an int", first);
    int[] dims = xs[0].toArray();
    dims[0] = (int) first;
    return Shape.of(dims);
  }

  /// [dev.hubble.kernels.Ops#slice]
  public static Shape slice(String op, Shape x, int from, int to) {
    require(
        x.rank() >= 1 && from >= 0 && from <= to && to <= x.dim(0),
        op,
        "the range must lie within the first axis",
        from + ".." + to,
        x);
    int[] dims = x.toArray();
    dims[0] = to - from;
    return Shape.of(dims);
  }

  /// [dev.hubble.kernels.Ops#reshape]
  public static Shape reshape(String op, Shape x, int[] shape) {
    var result = Shape.of(shape);
    require(result.size() == x.size(), op, "the number of elements must stay", x, result);
    return result;
  }

  /// [dev.hubble.kernels.Ops#upsample]
  public static Shape upsample(String op, Shape x, int height, int width) {
    require(x.rank() == 4, op, "x must be an image [N,H,W,C]", x);
    require(
        height >= 1 && width >= 1 && x.dim(1) >= 1 && x.dim(2) >= 1,
        op,
        "both images must have at least one pixel",
        x,
        height + "x" + width);
    return Shape.of(x.dim(0), height, width, x.dim(3));
  }

  /// `shape` with the last axis of size `size`.
  public static Shape last(Shape shape, int size) {
    int[] dims = shape.toArray();
    dims[dims.length - 1] = size;
    return Shape.of(dims);
  }

  private static void vector(String op, String name, Shape v, int size) {
    require(
        v.rank() == 1 && v.dim(0) == size,
        op,
        "the " + name + " must be a vector of " + size + " elements",
        v);
  }
}
