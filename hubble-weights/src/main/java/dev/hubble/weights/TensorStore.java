// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tensors of one component of a model, by name: one weight file, or several shards that belong
/// together.
public interface TensorStore extends AutoCloseable {
  /// Where the tensors come from, for messages: a path.
  String source();

  /// All names, in the order in which the values lie in the file; for shards in that of the index.
  Set<String> names();

  /// The tensor of that name, or null.
  @Nullable StoredTensor find(String name);

  /// The free-form strings that the writer left in the file.
  Map<String, String> metadata();

  /// This store under the names that `map` gives, without the tensors for which it gives null.
  /// Closing either closes both.
  ///
  /// @throws WeightsException if two tensors would get the same name
  default TensorStore renamed(NameMap map) {
    return new RenamedStore(this, map);
  }

  /// Gives the mapped memory back; the tensors cannot be read afterwards.
  @Override
  void close();
}
