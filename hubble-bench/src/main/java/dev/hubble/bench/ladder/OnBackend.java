// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Tensor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The last rung of every ladder: an operation of the backend `cpu`, as the models call it.
public final class OnBackend implements Rung.Prepared {
  private final Ops ops;

  /// Keeps the memory of a call for the next one, as a run does for its steps.
  private final Scope memory;

  private final Supplier<Tensor> operation;
  private final float[] y;
  private @Nullable Scope scope;
  private @Nullable Tensor result;

  /// Opens the backend.
  ///
  /// @param threads 0 for one per core
  /// @param prepare packs weights and uploads what the operation works on
  /// @param y where the result goes
  public OnBackend(int threads, Function<Ops, Supplier<Tensor>> prepare, float[] y) {
    ops = Backends.open("cpu", new Backends.Options(threads));
    memory = ops.openScope();
    operation = prepare.apply(ops);
    this.y = y;
  }

  @Override
  public void run() {
    forget();
    scope = ops.openScope();
    result = operation.get();
  }

  @Override
  public void store() {
    if (result != null) {
      System.arraycopy(result.toArray(), 0, y, 0, y.length);
    }
  }

  private void forget() {
    if (scope != null) {
      scope.close();
    }
  }

  @Override
  public void close() {
    forget();
    memory.close();
    ops.close();
  }
}
