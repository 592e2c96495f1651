// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// Fetches the content of one file into the cache. What has arrived stays in `<etag>.incomplete`,
/// whatever happens, and the next try asks for the rest; only what has the announced length and
/// hash gets the blob's name.
final class BlobDownload {
  private static final int CHUNK = 1 << 18;

  private final HubClient client;
  private final HubCache cache;
  private final Surroundings.Pause pause;
  private final Tally tally;
  private RemoteFile file;

  /// How many bytes are on disk.
  private long have;

  /// Whether they came in pieces, any of which may belong to something else.
  private boolean pieced;

  BlobDownload(
      HubClient client, HubCache cache, Surroundings.Pause pause, Tally tally, RemoteFile file) {
    this.client = client;
    this.cache = cache;
    this.pause = pause;
    this.tally = tally;
    this.file = file;
  }

  /// Whether the cache has the content: a crash of the machine can leave a blob that is too short.
  static boolean isThere(HubCache cache, RemoteFile file) {
    Path blob = cache.blob(file.etag());
    try {
      return Files.isRegularFile(blob) && (file.size() < 0 || Files.size(blob) == file.size());
    } catch (IOException _) {
      return false;
    }
  }

  /// How much of the content an earlier try left.
  static long found(HubCache cache, RemoteFile file) {
    try {
      Path partial = partial(cache, file);
      return Files.isRegularFile(partial) ? Math.min(Files.size(partial), file.size()) : 0;
    } catch (IOException _) {
      return 0;
    }
  }

  private static Path partial(HubCache cache, RemoteFile file) {
    return cache.blob(file.etag() + ".incomplete");
  }

  /// Fetches what is missing.
  ///
  /// @return whether this call made the blob
  boolean run() throws InterruptedException {
    Path shared = partial(cache, file);
    try (CacheLock lock = CacheLock.acquire(cache.lock(file.etag()), shared)) {
      if (isThere(cache, file)) {
        // Another download was faster.
        tally.add(Math.max(0, file.size()));
        return false;
      }
      Files.createDirectories(shared.getParent());
      if (lock.isHeld()) {
        fetch(shared);
        return true;
      }
      Path own = HubCache.unique(cache.blob(file.etag()));
      try {
        fetch(own);
        return true;
      } finally {
        Files.deleteIfExists(own);
      }
    } catch (IOException e) {
      throw cache.failure("keep " + file.path(), e);
    }
  }

  private void fetch(Path partial) throws IOException, InterruptedException {
    fill(partial);
    if (!Digests.matches(partial, file.etag())) {
      discard(partial);
      if (!pieced) {
        throw mismatch("the hash of what arrived is not " + file.etag());
      }
      pieced = false;
      fill(partial);
      if (!Digests.matches(partial, file.etag())) {
        discard(partial);
        throw mismatch("the hash of what arrived is not " + file.etag());
      }
    }
    HubCache.replace(partial, cache.blob(file.etag()));
  }

  private void discard(Path partial) throws IOException {
    tally.add(-have);
    have = 0;
    Files.deleteIfExists(partial);
  }

  private HubException mismatch(String how) {
    return new HubException(
        Kind.CHECKSUM,
        "%s of %s arrived damaged (%s): run the same again, and check the proxy or HF_ENDPOINT if it stays so."
            .formatted(file.path(), file.repo(), how));
  }

  /// Fetches until all bytes are there.
  private void fill(Path partial) throws IOException, InterruptedException {
    try (FileChannel out =
        FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      have = out.size();
      if (file.size() < 0 || have > file.size()) {
        out.truncate(0);
        have = 0;
      }
      tally.add(have);
      int failures = 0;
      long most = have;
      while (have != file.size()) {
        Outcome outcome = step(out);
        if (outcome.whole) {
          return;
        }
        // A slow line that gets on is no failure; one that starts over again and again is.
        failures = have > most ? 1 : failures + 1;
        most = Math.max(most, have);
        Duration wait = outcome.asked == null ? Backoff.after(failures) : outcome.asked;
        if (failures > Backoff.RETRIES || wait.compareTo(Backoff.LONGEST) > 0) {
          throw Objects.requireNonNull(outcome.problem);
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        pause.sleep(wait);
      }
    }
  }

  /// What one request came to.
  ///
  /// @param whole whether the file is complete
  /// @param problem if it is not
  /// @param asked how long to wait before the next one; null for as long as usual
  private record Outcome(boolean whole, @Nullable HubException problem, @Nullable Duration asked) {}

  private Outcome failed(HubException problem, @Nullable Duration asked) {
    return new Outcome(false, problem, asked);
  }

  private Outcome step(FileChannel out) throws IOException, InterruptedException {
    try (Reply reply = client.get(file, have)) {
      boolean fits = reply.status() == 206 && have > 0 && startsAtHave(reply) && !reply.isGzip();
      if (reply.status() == 200 || fits) {
        if (!fits) {
          restart(out);
        }
        pieced |= have > 0;
        return copy(reply, out);
      }
      if (reply.status() == 416 || reply.status() == 206) {
        restart(out);
        return failed(
            mismatch("it answered a request for the rest of the file with " + reply.status()),
            Duration.ZERO);
      }
      return refused(reply);
    } catch (DiskTrouble e) {
      throw e.trouble;
    } catch (IOException e) {
      return failed(client.errors().unreachable(file.location(), e), null);
    }
  }

  /// `Content-Range: bytes 5-9/10`.
  private boolean startsAtHave(Reply reply) {
    String range = reply.header("content-range");
    return range == null || range.strip().startsWith("bytes " + have + "-");
  }

  private void restart(FileChannel out) throws DiskTrouble {
    tally.add(-have);
    have = 0;
    try {
      if (out.size() > 0) {
        out.truncate(0);
      }
    } catch (IOException e) {
      throw new DiskTrouble(e);
    }
  }

  private Outcome copy(Reply reply, FileChannel out) throws IOException {
    byte[] buffer = new byte[CHUNK];
    if (reply.isGzip()) {
      // There is no way to go on in the middle of it.
      try (InputStream in = new GZIPInputStream(reply.body())) {
        pour(in, buffer, out);
      } catch (DiskTrouble e) {
        throw e;
      } catch (IOException e) {
        restart(out);
        throw e;
      }
    } else {
      pour(reply.body(), buffer, out);
      long announced = reply.number("content-length");
      if (file.size() < 0 && announced >= 0 && have != announced) {
        throw new IOException("the connection ended early");
      }
    }
    if (file.size() < 0 || have == file.size()) {
      return new Outcome(true, null, null);
    }
    long arrived = have;
    if (have > file.size() || reply.isGzip()) {
      restart(out);
    }
    return failed(mismatch("%,d bytes instead of %,d".formatted(arrived, file.size())), null);
  }

  private void pour(InputStream in, byte[] buffer, FileChannel out) throws IOException {
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("interrupted");
      }
      try {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
        // At its place and not at the end: whoever else writes here writes the same.
        while (bytes.hasRemaining()) {
          out.write(bytes, have + bytes.position());
        }
      } catch (IOException e) {
        throw new DiskTrouble(e);
      }
      have += count;
      tally.add(count);
      if (file.size() >= 0 && have > file.size()) {
        return;
      }
    }
  }

  private Outcome refused(Reply reply) throws InterruptedException {
    HubException problem = client.errors().of(reply, file.repo(), file.commit(), file.path());
    if (Backoff.isWorthARetry(reply.status())) {
      return failed(problem, Backoff.asked(reply));
    }
    if (client.isEndpoint(reply.uri())) {
      throw problem;
    }
    // A signed address that has expired: the hub gives a new one.
    RemoteFile again = client.head(file.repo(), file.commit(), file.path());
    if (!again.etag().equals(file.etag())) {
      throw mismatch("its hash changed meanwhile");
    }
    file = again;
    return failed(
        new HubException(
            Kind.SERVER,
            "%s refuses to hand out %s of %s (status %d): try again later."
                .formatted(reply.uri().getHost(), file.path(), file.repo(), reply.status())),
        Duration.ZERO);
  }

  /// An error of the disk, among those of the network.
  private static final class DiskTrouble extends IOException {
    private static final long serialVersionUID = 1L;
    private final IOException trouble;

    DiskTrouble(IOException trouble) {
      super(trouble);
      this.trouble = trouble;
    }
  }
}
