// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder;

import java.util.function.Consumer;

/// One way to solve problems of a kind.
///
/// @param title what a person calls it
/// @param threads how many threads it computes with
/// @param method the way
/// @param <P> the kind
public record Rung<P>(String title, int threads, Method<P> method) {
  /// A rung of one thread that needs no preparation.
  public static <P> Rung<P> of(String title, Consumer<P> solve) {
    return new Rung<>(title, 1, problem -> () -> solve.accept(problem));
  }

  /// How a rung solves problems.
  @FunctionalInterface
  public interface Method<P> {
    /// Does what is done once, such as packing weights, and is not measured.
    Prepared prepare(P problem);
  }

  /// A problem that is ready to be solved as often as one likes.
  @FunctionalInterface
  public interface Prepared extends AutoCloseable {
    /// Solves it: this is measured.
    void run();

    /// Puts the result where the problem wants it, if [#run] has not.
    default void store() {}

    @Override
    default void close() {}
  }
}
