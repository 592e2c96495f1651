// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.LoadProgress;
import dev.hubble.nn.Params;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.util.Objects;
import java.util.function.Consumer;

/// Counts the stored bytes of the tensors that are read.
final class BytesRead implements Consumer<StoredTensor> {
  private final LoadProgress progress;
  private long total;
  private long done;

  BytesRead(LoadProgress progress) {
    this.progress = progress;
  }

  /// Counts on reading the tensors of `store` below the keys `parts`; all if there are none.
  BytesRead expect(TensorStore store, String... parts) {
    for (var name : store.names()) {
      if (Params.isBelow(name, parts)) {
        total += bytes(Objects.requireNonNull(store.find(name)));
      }
    }
    return this;
  }

  private static long bytes(StoredTensor tensor) {
    return tensor.size() * tensor.type().bytes();
  }

  @Override
  public void accept(StoredTensor tensor) {
    done += bytes(tensor);
    progress.bytes(done, total);
  }
}
