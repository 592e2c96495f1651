// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.ResnetBlock;
import java.util.Arrays;
import java.util.IdentityHashMap;

/// What stays the same over all steps of a run and is therefore computed once: for each residual
/// block its projection of every step's time embedding, for each transformer the prompt's keys and
/// values.
public final class Constants {
  private final IdentityHashMap<ResnetBlock, Tensor> time = new IdentityHashMap<>();
  private final IdentityHashMap<SpatialTransformer, CrossAttention.Words> words =
      new IdentityHashMap<>();

  Constants() {}

  void put(ResnetBlock block, Tensor projections) { // [steps,C]
    time.put(block, projections);
  }

  void put(SpatialTransformer transformer, CrossAttention.Words prepared) {
    words.put(transformer, prepared);
  }

  /// The block's time projection at UNet call `call`, once per image: `[n,C]`.
  Tensor time(ResnetBlock block, int call, int n) {
    var table = find(time, block);
    int[] ids = new int[n];
    Arrays.fill(ids, call);
    return table.ops().embedding(table, ids);
  }

  CrossAttention.Words words(SpatialTransformer transformer) {
    return find(words, transformer);
  }

  private static <K, V> V find(IdentityHashMap<K, V> map, K key) {
    var value = map.get(key);
    if (value == null) {
      throw new IllegalArgumentException("these constants were prepared by another UNet");
    }
    return value;
  }
}
