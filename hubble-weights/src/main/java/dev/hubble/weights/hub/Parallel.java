// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Does the same to many things, some at a time. The first failure stops the rest, and so does an
/// interrupt of the caller; when this returns, nothing runs any more.
final class Parallel {
  private Parallel() {}

  interface Task<T> {
    void run(T thing) throws InterruptedException;
  }

  static <T> void run(int atOnce, Collection<T> things, Task<T> task) throws InterruptedException {
    var queue = new ConcurrentLinkedQueue<T>(things);
    var failure = new AtomicReference<@Nullable Throwable>();
    List<Thread> threads = new ArrayList<>();
    var done = new CountDownLatch(Math.min(atOnce, things.size()));
    for (int i = 0; i < Math.min(atOnce, things.size()); i++) {
      threads.add(
          Thread.ofVirtual()
              .name("hub-" + i)
              .unstarted(() -> {
                try {
                  drain(queue, failure, task);
                } finally {
                  done.countDown();
                }
              }));
    }
    threads.forEach(Thread::start);
    try {
      done.await();
    } finally {
      stop(threads);
    }
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private static <T> void drain(
      Queue<T> queue, AtomicReference<@Nullable Throwable> failure, Task<T> task) {
    try {
      for (T thing = queue.poll(); thing != null && failure.get() == null; thing = queue.poll()) {
        task.run(thing);
      }
    } catch (Throwable e) {
      // The failures of those that were stopped because of the first are not the reason.
      failure.compareAndSet(null, e);
    }
  }

  private static void stop(List<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
