// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// Looks, beside the first work of the backend, whether the kernels have become as fast as compiled
/// code is, and warns once if they have not.
///
/// Code that has just been loaded is slow everywhere, so the check waits until the process has
/// computed for a while since, in the processor's time: on a busy machine that is later. Where the
/// JVM says itself that it does not compile, it does not wait.
public final class SelfCheck {
  /// The system property that switches the check off: `off`.
  public static final String PROPERTY = "hubble.selfcheck";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration FIRST = Duration.ofMillis(700);
  private static final Duration NEXT = Duration.ofMillis(400);

  /// A process that has computed so little in all this time waits for something else.
  private static final int ATTEMPTS = 1000;

  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private SelfCheck() {}

  /// Starts the check, once per JVM; it never keeps the JVM alive.
  static void start(Kernels kernels) {
    if ("off".equals(System.getProperty(PROPERTY)) || STARTED.getAndSet(true)) {
      return;
    }
    Thread.ofPlatform().name("hubble-selfcheck").daemon().start(() -> watch(kernels));
  }

  private static void watch(Kernels kernels) {
    var mode = System.getProperty("java.vm.info", "");
    var before = computed();
    try {
      Thread.sleep(FIRST);
      for (int i = 0; i < ATTEMPTS; i++) {
        var speed = Speed.measure(kernels);
        if (speed.isGood()) {
          return;
        }
        if (Speed.isHopeless(mode) || computed().minus(before).compareTo(PATIENCE) >= 0) {
          warn(speed, mode);
          return;
        }
        Thread.sleep(NEXT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void warn(Speed speed, String mode) {
    var complaint = speed.complaint(System.getProperty("java.vm.name", ""), mode);
    if (complaint != null) {
      System.getLogger("dev.hubble.kernels")
          .log(Level.WARNING, complaint + " (-D" + PROPERTY + "=off silences this.)");
    }
  }

  /// How long the processor has worked for this process; nothing where the system does not tell.
  private static Duration computed() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /// What the kernels are and how fast, in a line, once they are compiled or after two seconds.
  public static String report() {
    var kernels = KernelChoice.best();
    var speed = Speed.measure(kernels);
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (!speed.isGood() && System.nanoTime() < end) {
      speed = Speed.measure(kernels);
    }
    var what = kernels.description() + ": " + speed;
    return kernels instanceof PlainKernels || speed.isGood()
        ? what
        : what + ", which is far too little";
  }
}
