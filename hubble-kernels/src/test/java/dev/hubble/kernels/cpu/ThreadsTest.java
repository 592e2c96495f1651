// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ThreadsTest {
  @ParameterizedTest
  @CsvSource({"1, 0", "1, 5", "2, 0", "2, 1", "2, 100", "5, 3", "7, 10000"})
  void everyTileIsDoneOnce(int count, int tiles) {
    var done = new AtomicIntegerArray(tiles);
    try (var threads = new Threads(count)) {
      threads.run(tiles, done::incrementAndGet);
    }
    for (int t = 0; t < tiles; t++) {
      assertThat(done.get(t)).isEqualTo(1);
    }
  }

  @Test
  void allThreadsTakePartAndTheHelpersAreDaemons() {
    var names = ConcurrentHashMap.<String>newKeySet();
    var allHere = new CountDownLatch(3);
    Set<Boolean> daemons = ConcurrentHashMap.newKeySet();
    try (var threads = new Threads(3)) {
      threads.run(
          3,
          t -> {
            names.add(Thread.currentThread().getName());
            if (Thread.currentThread().getName().startsWith("hubble-cpu-")) {
              daemons.add(Thread.currentThread().isDaemon());
            }
            allHere.countDown();
            try {
              // Holds each tile until three threads have one: fewer threads would hang here.
              allHere.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
    assertThat(names).hasSize(3).contains(Thread.currentThread().getName());
    assertThat(daemons).containsExactly(true);
  }

  @Test
  void theFirstExceptionIsThrownAndThePoolStaysUsable() {
    try (var threads = new Threads(2)) {
      for (int round = 0; round < 50; round++) {
        assertThatThrownBy(() ->
                threads.run(
                    100,
                    t -> {
                      if (t == 70) {
                        throw new ArithmeticException("tile 70");
                      }
                    }))
            .isInstanceOf(ArithmeticException.class)
            .hasMessage("tile 70");
      }
      var done = new AtomicIntegerArray(10);
      threads.run(10, done::incrementAndGet);
      assertThat(done.get(9)).isEqualTo(1);
    }
  }

  @Test
  void anInterruptWaitsForTheTilesAndIsKept() {
    var done = new AtomicIntegerArray(64);
    try (var threads = new Threads(3)) {
      Thread.currentThread().interrupt();
      threads.run(64, done::incrementAndGet);
    }
    assertThat(Thread.interrupted()).isTrue();
    for (int t = 0; t < 64; t++) {
      assertThat(done.get(t)).isEqualTo(1);
    }
  }
}
