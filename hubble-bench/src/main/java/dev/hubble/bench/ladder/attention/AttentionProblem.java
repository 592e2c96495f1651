// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import dev.hubble.bench.model.Formula;

/// `softmax(Q Kᵀ / √width) V` for each head. The heads lie side by side in the channels of a row,
/// as the layers before and after want them.
///
/// @param width of a head
/// @param q `[queries][heads·width]`
/// @param k `[keys][heads·width]`
/// @param v `[keys][heads·width]`
/// @param y `[queries][heads·width]`, where the result goes
public record AttentionProblem(
    int queries, int keys, int heads, int width, float[] q, float[] k, float[] v, float[] y) {
  /// A problem with scores of a spread as in trained models: a few keys matter to a query, most do
  /// not.
  public static AttentionProblem of(int queries, int keys, int heads, int width) {
    int channels = heads * width;
    float[] q = Formula.uniform("q", queries * channels);
    for (int i = 0; i < q.length; i++) {
      q[i] *= 6;
    }
    return new AttentionProblem(
        queries,
        keys,
        heads,
        width,
        q,
        Formula.uniform("k", keys * channels),
        Formula.uniform("v", keys * channels),
        new float[queries * channels]);
  }

  int channels() {
    return heads * width;
  }

  /// Of the two products; a multiply-add counts as two.
  public double flops() {
    return 4.0 * heads * queries * keys * width;
  }
}
