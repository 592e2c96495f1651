// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.StoredType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// PyTorch's names of number formats.
final class Dtypes {
  /// Formats for which there was a class of storages, when storages still had types.
  private static final Map<String, StoredType> STORAGES =
      Map.ofEntries(
          Map.entry("torch.DoubleStorage", StoredType.F64),
          Map.entry("torch.FloatStorage", StoredType.F32),
          Map.entry("torch.HalfStorage", StoredType.F16),
          Map.entry("torch.BFloat16Storage", StoredType.BF16),
          Map.entry("torch.LongStorage", StoredType.I64),
          Map.entry("torch.IntStorage", StoredType.I32),
          Map.entry("torch.ShortStorage", StoredType.I16),
          Map.entry("torch.CharStorage", StoredType.I8),
          Map.entry("torch.ByteStorage", StoredType.U8),
          Map.entry("torch.BoolStorage", StoredType.BOOL),
          Map.entry("torch.ComplexFloatStorage", StoredType.C64));

  private static final Map<String, StoredType> DTYPES =
      Map.ofEntries(
          Map.entry("torch.float64", StoredType.F64),
          Map.entry("torch.float32", StoredType.F32),
          Map.entry("torch.float16", StoredType.F16),
          Map.entry("torch.bfloat16", StoredType.BF16),
          Map.entry("torch.int64", StoredType.I64),
          Map.entry("torch.int32", StoredType.I32),
          Map.entry("torch.int16", StoredType.I16),
          Map.entry("torch.int8", StoredType.I8),
          Map.entry("torch.uint64", StoredType.U64),
          Map.entry("torch.uint32", StoredType.U32),
          Map.entry("torch.uint16", StoredType.U16),
          Map.entry("torch.uint8", StoredType.U8),
          Map.entry("torch.bool", StoredType.BOOL),
          Map.entry("torch.complex64", StoredType.C64),
          Map.entry("torch.float8_e4m3fn", StoredType.F8_E4M3),
          Map.entry("torch.float8_e4m3fnuz", StoredType.F8_E4M3FNUZ),
          Map.entry("torch.float8_e5m2", StoredType.F8_E5M2),
          Map.entry("torch.float8_e5m2fnuz", StoredType.F8_E5M2FNUZ),
          Map.entry("torch.float8_e8m0fnu", StoredType.F8_E8M0));

  private static final Map<String, Integer> OTHER_STORAGES =
      Map.of(
          "torch.ComplexDoubleStorage", 16,
          "torch.QInt8Storage", 1,
          "torch.QUInt8Storage", 1,
          "torch.QInt32Storage", 4,
          "torch.QUInt4x2Storage", 1,
          "torch.QUInt2x4Storage", 1,
          "torch.storage.UntypedStorage", 1,
          "torch.UntypedStorage", 1);

  private Dtypes() {}

  /// Whether this is a class of storages.
  static boolean isStorage(String className) {
    return STORAGES.containsKey(className) || OTHER_STORAGES.containsKey(className);
  }

  /// Bytes per element of a storage.
  static int bytes(String storageClass) {
    StoredType type = STORAGES.get(storageClass);
    return type == null ? OTHER_STORAGES.getOrDefault(storageClass, 1) : type.bytes();
  }

  /// The format of a storage's elements, or null if it has none that Hubble knows.
  static @Nullable StoredType ofStorage(String className) {
    return STORAGES.get(className);
  }

  /// The format that a dtype means, or null.
  static @Nullable StoredType of(String dtype) {
    return DTYPES.get(dtype);
  }
}
