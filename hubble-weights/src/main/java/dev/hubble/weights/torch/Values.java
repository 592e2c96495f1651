// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.StoredType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What can come out of a pickle, besides `Long`, `BigInteger`, `Double`, `Boolean` and `String`.
///
/// None of these is compared, hashed or printed as a whole: in a hostile file a value may contain
/// itself, or the same one a billion times.
final class Values {
  private Values() {}

  /// Python's `None`.
  enum None {
    NONE
  }

  /// The name of something in a Python program: `torch.FloatStorage`. It is never looked up, let
  /// alone called.
  ///
  /// @param name module and name
  /// @param at the byte of the pickle
  record Symbol(String name, long at) {}

  /// Something that Hubble cannot make, or a tensor that is not as it should be. It does no harm
  /// unless a weight is of this kind.
  ///
  /// @param reason completes "cannot be read because"
  record Opaque(String reason) {}

  /// The numbers that tensors are views of.
  ///
  /// @param className `torch.FloatStorage`
  /// @param key the name of the numbers in the file
  /// @param elements how many there are; bytes if the storage has no type of its own
  /// @param from the first element of the part that this is, in files before 1.6
  /// @param count how many elements the part has
  record Storage(String className, String key, long elements, long from, long count) {}

  /// A view of a storage.
  ///
  /// @param first its first element
  record TensorView(
      Storage storage, StoredType type, long first, List<Long> shape, List<Long> strides) {}

  /// A tuple; also a set of any kind, whose elements nothing here asks for.
  static final class Tuple {
    final List<Object> items;

    Tuple(List<Object> items) {
      this.items = items;
    }
  }

  /// A list.
  static final class Row {
    final List<Object> items = new ArrayList<>();
  }

  /// A table. Only what stands under a text is kept: weights have names.
  static final class Table {
    private final Map<String, Object> items = new LinkedHashMap<>();

    void put(Object key, Object value) {
      if (key instanceof String name) {
        items.put(name, value);
      }
    }

    @Nullable Object get(String name) {
      return items.get(name);
    }

    Map<String, Object> items() {
      return items;
    }
  }
}
