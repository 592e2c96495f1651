// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/// A switch that stops runs from another thread: one that waits at once, one that draws within one
/// UNet call, between two layers of it. One switch may belong to any number of runs.
public final class Cancellation {
  private enum State {
    OFF,
    CANCELLED,
    EXPIRED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.OFF);
  private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();

  /// A switch that is off.
  public Cancellation() {}

  /// Asks the runs to stop.
  public void cancel() {
    turnOn(State.CANCELLED);
  }

  /// Whether [#cancel] was called, or the time of a run is over.
  public boolean isCancelled() {
    return state.get() != State.OFF;
  }

  /// Goes on only if nobody asked to stop.
  ///
  /// @throws HubbleException.Cancelled if somebody did
  /// @throws HubbleException.TimedOut if the time of the run is over
  public void throwIfCancelled() {
    switch (Objects.requireNonNull(state.get())) {
      case OFF -> {}
      case CANCELLED -> throw new HubbleException.Cancelled();
      case EXPIRED -> throw new HubbleException.TimedOut();
    }
  }

  /// The time is over.
  void expire() {
    turnOn(State.EXPIRED);
  }

  /// What to do when the switch is turned on; done at once if it is on already.
  void whenOn(Runnable listener) {
    listeners.add(listener);
    // Whichever of this and #turnOn comes second sees what the first has done; both is harmless.
    if (isCancelled()) {
      listener.run();
    }
  }

  /// Forgets a listener, so that a switch that many runs share does not collect theirs.
  void forget(Runnable listener) {
    listeners.remove(listener);
  }

  private void turnOn(State how) {
    if (state.compareAndSet(State.OFF, how)) {
      listeners.forEach(Runnable::run);
    }
  }
}
