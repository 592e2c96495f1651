// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The time in which Ctrl-C must not tear things apart: the signal stops the drawing, and the
/// process ends once this is closed. The JVM itself then reports 130.
final class Drawing implements AutoCloseable {
  /// Nothing is written while a step is computed, so leaving in the middle of a slow one is safe.
  private static final int PATIENCE_SECONDS = 20;

  private final Cancellation cancellation = new Cancellation();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "stop-drawing");

  private final Engine.Session session;

  private Drawing(Engine.Session session) {
    this.session = session;
  }

  /// Begins; takes over that `session` is closed.
  static Drawing start(Engine.Session session) {
    var drawing = new Drawing(session);
    Runtime.getRuntime().addShutdownHook(drawing.hook);
    return drawing;
  }

  Engine.Session session() {
    return session;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  private void stop() {
    cancellation.cancel();
    try {
      if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.getLogger(Drawing.class.getName())
            .log(System.Logger.Level.DEBUG, "left in the middle of a step");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } finally {
      closed.countDown();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The signal came: the hook runs, or has run.
    }
  }
}
