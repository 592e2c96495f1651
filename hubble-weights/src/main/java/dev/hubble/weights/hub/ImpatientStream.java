// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Gives up when a single read takes too long: the timeout of an `HttpRequest` ends with the
/// headers, and a server that falls silent later would be waited for forever.
final class ImpatientStream extends FilterInputStream {
  private final Duration patience;
  private final Thread watch;
  private volatile long waitingSince;
  private volatile boolean waiting;
  private volatile boolean closed;
  private volatile boolean late;

  ImpatientStream(InputStream in, Duration patience) {
    super(in);
    this.patience = patience;
    this.watch = Thread.ofVirtual().name("hub-patience").unstarted(this::watch);
    watch.start();
  }

  private void watch() {
    try {
      long left = patience.toNanos();
      while (!closed && left > 0) {
        Thread.sleep(Duration.ofNanos(left));
        left = patience.toNanos() - (waiting ? System.nanoTime() - waitingSince : 0);
      }
      if (!closed) {
        late = true;
        // Wakes up whoever is reading.
        super.close();
      }
    } catch (InterruptedException | IOException _) {
      // Closed, or closing is all that could be done.
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    waitingSince = System.nanoTime();
    waiting = true;
    try {
      int count = super.read(bytes, offset, length);
      if (count < 0 && late) {
        throw timeout(null);
      }
      return count;
    } catch (HttpTimeoutException e) {
      throw e;
    } catch (IOException e) {
      throw late ? timeout(e) : e;
    } finally {
      waiting = false;
    }
  }

  private IOException timeout(@Nullable IOException cause) {
    var e = new HttpTimeoutException("no data for " + patience.toMillis() / 1000.0 + " s");
    if (cause != null) {
      e.initCause(cause);
    }
    return e;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    watch.interrupt();
    super.close();
  }
}
