// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.TensorView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A weight with its changes, computed in float once it is read.
final class FoldedTensor implements TensorView {
  private final StoredTensor source;
  private final List<Change> changes;
  private float @Nullable [] values;

  FoldedTensor(StoredTensor source, List<Change> changes) {
    this.source = source;
    this.changes = changes;
  }

  private synchronized float[] values() {
    var known = values;
    if (known == null) {
      known = new float[Math.toIntExact(source.size())];
      source.read(0, known, 0, known.length);
      for (var change : changes) {
        change.addTo(known);
      }
      values = known;
    }
    return known;
  }

  @Override
  public StoredTensor source() {
    return source;
  }

  @Override
  public StoredType type() {
    return StoredType.F32;
  }

  @Override
  public void read(long offset, float[] into, int at, int count) {
    System.arraycopy(values(), Math.toIntExact(offset), into, at, count);
  }
}
