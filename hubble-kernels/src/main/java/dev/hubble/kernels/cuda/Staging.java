// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Host memory through which numbers pass to the GPU and back.
///
/// The GPU fetches from pinned memory by itself, at the full speed of the bus; while it fetches one
/// half the host fills the other. So a model's weights stream from the mapped file to the device
/// with no copy of the model in between.
final class Staging {
  /// Bytes of one half.
  static final int HALF = 4 << 20;

  private final Driver driver;
  private final LaunchQueue queue;
  private final Half[] halves = new Half[2];
  private int next;

  private static final class Half {
    final MemorySegment memory;
    final Driver.Event sent;
    boolean busy;

    Half(MemorySegment memory, Driver.Event sent) {
      this.memory = memory;
      this.sent = sent;
    }
  }

  /// Writes elements `from..from+count-1` to the beginning of a half.
  @FunctionalInterface
  interface Source {
    void write(MemorySegment half, long from, int count);
  }

  /// Reads elements `from..from+count-1` from the beginning of a half.
  @FunctionalInterface
  interface Sink {
    void read(MemorySegment half, long from, int count);
  }

  Staging(Driver driver, LaunchQueue queue) {
    this.driver = driver;
    this.queue = queue;
  }

  /// Copies `count` elements of `width` bytes to the device, behind everything asked for before.
  void upload(long to, long count, int width, Source source) {
    queue.flush();
    driver.enter();
    int most = HALF / width;
    for (long from = 0; from < count; from += most) {
      int n = (int) Math.min(most, count - from);
      var half = take();
      source.write(half.memory, from, n);
      driver.upload(to + from * width, half.memory, (long) n * width);
      half.busy = true;
      driver.mark(half.sent);
    }
  }

  /// Copies `count` elements of `width` bytes from the device, after everything asked for before.
  void download(long from, long count, int width, Sink sink) {
    queue.flush();
    driver.enter();
    int most = HALF / width;
    for (long at = 0; at < count; at += most) {
      int n = (int) Math.min(most, count - at);
      var half = take();
      driver.download(half.memory, from + at * width, (long) n * width);
      driver.await();
      sink.read(half.memory, at, n);
    }
  }

  private Half take() {
    int i = next;
    next = 1 - next;
    var half = halves[i];
    if (half == null) {
      half = make();
      halves[i] = half;
    }
    if (half.busy) {
      driver.await(half.sent);
      half.busy = false;
    }
    return half;
  }

  private Half make() {
    var event = driver.event();
    try {
      return new Half(driver.pinned(HALF), event);
    } catch (RuntimeException e) {
      driver.forget(event);
      throw e;
    }
  }

  /// Forgets the events; the memory belongs to the driver.
  void close() {
    for (int i = 0; i < halves.length; i++) {
      @Nullable Half half = halves[i];
      if (half != null) {
        driver.forget(half.sent);
        halves[i] = null;
      }
    }
  }

  /// Floats from an array.
  static Source floats(float[] data) {
    return (half, from, n) ->
        MemorySegment.copy(data, (int) from, half, ValueLayout.JAVA_FLOAT, 0, n);
  }

  /// Floats to an array.
  static Sink floatsTo(float[] data) {
    return (half, from, n) ->
        MemorySegment.copy(half, ValueLayout.JAVA_FLOAT, 0, data, (int) from, n);
  }
}
