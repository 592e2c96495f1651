// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A fixed number of threads that share out lists of tiles.
///
/// Who does a tile is decided as they go, so a thread that is held up holds nobody else up; what a
/// tile is never depends on the number of threads, so neither do the results.
final class Threads implements AutoCloseable {
  private final int count;
  private final @Nullable ExecutorService helpers;

  /// @param count how many threads compute, the caller included
  Threads(int count) {
    this.count = count;
    this.helpers =
        count == 1
            ? null
            : Executors.newFixedThreadPool(
                count - 1, Thread.ofPlatform().daemon().name("hubble-cpu-", 1).factory());
  }

  int count() {
    return count;
  }

  /// Runs `body` for 0..tiles-1 and returns when all are done. If one throws, no more are begun and
  /// the first exception is thrown here.
  void run(int tiles, IntConsumer body) {
    if (helpers == null || tiles <= 1) {
      for (int t = 0; t < tiles; t++) {
        body.accept(t);
      }
      return;
    }
    var job = new Job(tiles, body);
    for (int i = 1; i < Math.min(count, tiles); i++) {
      helpers.execute(job);
    }
    job.run();
    job.await();
  }

  @Override
  public void close() {
    if (helpers != null) {
      helpers.shutdown();
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
      switch (failure.get()) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
  }
}
