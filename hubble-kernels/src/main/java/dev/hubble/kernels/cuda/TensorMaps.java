// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// The descriptions by which Hopper's copy engine finds the tiles of tensors ("tensor maps"). A run
/// uses the same few hundred again and again, so they are kept.
final class TensorMaps {
  private static final int REMEMBERED = 4096;

  // CU_TENSOR_MAP_DATA_TYPE_FLOAT16 and ..._BFLOAT16
  private static final int FLOAT16 = 6;
  private static final int BFLOAT16 = 9;

  private final Driver driver;
  private final int type;
  private final Map<Key, long[]> known =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, long[]> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Key(long address, long[] sizes, int[] box) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Key k
          && k.address == address
          && Arrays.equals(k.sizes, sizes)
          && Arrays.equals(k.box, box);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * Long.hashCode(address) + Arrays.hashCode(sizes)) + Arrays.hashCode(box);
    }
  }

  TensorMaps(Driver driver, DType dtype) {
    this.driver = driver;
    this.type = dtype == DType.F16 ? FLOAT16 : BFLOAT16;
  }

  /// Boxes of `depth` channels of an image tensor `[images,height,width,channels]`.
  long[] image(
      long address,
      int images,
      int height,
      int width,
      int channels,
      HopperTile.Box box,
      int depth) {
    return map(
        address,
        new long[] {channels, width, height, images},
        new long[] {2L * channels, 2L * channels * width, 2L * channels * width * height},
        new int[] {depth, box.columns(), box.rows(), box.images()});
  }

  /// Boxes of `columns` rows of a packed weight, columns of the result, `depth` deep. With two
  /// halves its rows are taken alternately from the first and from the second.
  long[] weight(CudaWeight w, int halves, int columns, int depth) {
    int rows = w.rows() / halves;
    return map(
        w.address(),
        new long[] {w.kp(), halves, rows},
        new long[] {2L * w.kp() * rows, 2L * w.kp()},
        new int[] {depth, halves, columns / halves});
  }

  // The strides follow from the sizes.
  private long[] map(long address, long[] sizes, long[] strides, int[] box) {
    return known.computeIfAbsent(
        new Key(address, sizes, box),
        _ -> {
          driver.enter();
          return driver.tensorMap(type, address, sizes, strides, box);
        });
  }
}
