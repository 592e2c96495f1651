// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// A switch that stops a run from another thread, within one UNet call.
public final class Cancellation {
  private volatile boolean cancelled;

  /// A switch that is off.
  public Cancellation() {}

  /// Asks the run to stop.
  public void cancel() {
    cancelled = true;
  }

  /// Whether [#cancel] was called.
  public boolean isCancelled() {
    return cancelled;
  }
}
