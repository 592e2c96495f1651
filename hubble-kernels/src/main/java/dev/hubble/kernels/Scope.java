// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// A stretch of computing whose intermediate tensors are recycled together when it ends.
///
/// Scopes nest. Closing one recycles every tensor made in it except those passed to [#keep], which
/// move to the enclosing scope. Using a recycled tensor is an error that is reported, never a wrong
/// number.
public interface Scope extends AutoCloseable {
  /// Lets `x` outlive this scope, and returns it.
  <T extends Tensor> T keep(T x);

  @Override
  void close();
}
