// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A fixed number of threads that share out lists of tiles.
///
/// Who does a tile is decided as they go, so a thread that is held up holds nobody else up; what a
/// tile is never depends on the number of threads, so neither do the results.
///
/// A network is a few hundred lists a step, with microseconds in between, and waking a sleeping
/// thread takes longer than that: so those who wait look around for a moment before they sleep.
final class Threads implements AutoCloseable {
  /// How long to look around, in nanoseconds.
  private static final long AWAKE = 100_000;

  private final Helper[] helpers;
  private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /// @param count how many threads compute, the caller included
  Threads(int count) {
    helpers = new Helper[count - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
      helpers[i].start();
    }
  }

  int count() {
    return helpers.length + 1;
  }

  /// Runs `body` for 0..tiles-1 and returns when all are done. If one throws, no more are begun and
  /// the first exception is thrown here.
  void run(int tiles, IntConsumer body) {
    if (helpers.length == 0 || tiles <= 1) {
      for (int t = 0; t < tiles; t++) {
        body.accept(t);
      }
      return;
    }
    if (closed) {
      throw new IllegalStateException("The threads have ended.");
    }
    var job = new Job(tiles, body);
    int wanted = Math.min(helpers.length, tiles - 1);
    for (int i = 0; i < wanted; i++) {
      jobs.add(job);
    }
    for (var each : helpers) {
      each.wake();
    }
    job.run();
    job.await();
  }

  @Override
  public void close() {
    closed = true;
    for (var each : helpers) {
      each.wake();
    }
  }

  private final class Helper extends Thread {
    private volatile boolean asleep;

    Helper(int number) {
      super("hubble-cpu-" + number);
      setDaemon(true);
    }

    void wake() {
      if (asleep) {
        asleep = false;
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      while (true) {
        var job = next();
        if (job == null) {
          return;
        }
        job.run();
      }
    }

    /// Waits for a job; null at the end.
    private @Nullable Job next() {
      long since = System.nanoTime();
      while (true) {
        var job = jobs.poll();
        if (job != null) {
          asleep = false;
          return job;
        }
        if (closed) {
          return null;
        }
        if (System.nanoTime() - since < AWAKE) {
          Thread.onSpinWait();
        } else if (asleep) {
          LockSupport.park(Threads.this);
        } else {
          asleep = true; // and look once more: a job may have come before this could be seen
        }
      }
    }
  }

  private static final class Job implements Runnable {
    private final int tiles;
    private final IntConsumer body;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger left;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int tiles, IntConsumer body) {
      this.tiles = tiles;
      this.body = body;
      this.left = new AtomicInteger(tiles);
    }

    /// Does tiles until none is left. A helper that comes too late finds none.
    @Override
    public void run() {
      for (int t = next.getAndIncrement(); t < tiles; t = next.getAndIncrement()) {
        try {
          if (failure.get() == null) {
            body.accept(t);
          }
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        }
        if (left.decrementAndGet() == 0) {
          done.countDown();
        }
      }
    }

    void await() {
      for (long since = System.nanoTime(); left.get() > 0; Thread.onSpinWait()) {
        if (System.nanoTime() - since >= AWAKE) {
          sleepUntilDone();
          break;
        }
      }
      switch (failure.get()) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }

    private void sleepUntilDone() {
      boolean interrupted = false;
      while (true) {
        try {
          done.await();
          break;
        } catch (InterruptedException e) {
          // Tiles write to the caller's arrays: returning before they end is no choice.
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
