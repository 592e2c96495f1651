// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps two downloads of one blob apart, in this process and among processes, so that the second
/// finds what the first fetched. It only saves bandwidth: without it each download has a file of
/// its own, which is renamed when it is whole. So where locks do not work, or their holder does not
/// get on, life goes on without.
final class CacheLock implements AutoCloseable {
  private static final ConcurrentHashMap<Path, ReentrantLock> INSIDE = new ConcurrentHashMap<>();
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  /// A holder that writes nothing for so long is stuck: its own timeouts are shorter.
  private static final Duration STUCK = Duration.ofSeconds(90);

  private final ReentrantLock inside;
  private final @Nullable FileChannel channel;
  private final boolean held;

  private CacheLock(ReentrantLock inside, @Nullable FileChannel channel, boolean held) {
    this.inside = inside;
    this.channel = channel;
    this.held = held;
  }

  /// Whether other processes are locked out.
  boolean isHeld() {
    return held;
  }

  /// Waits for the lock.
  ///
  /// @param growing the file that the holder writes to
  static CacheLock acquire(Path file, Path growing) throws InterruptedException {
    ReentrantLock inside =
        INSIDE.computeIfAbsent(file.toAbsolutePath().normalize(), _ -> new ReentrantLock());
    inside.lockInterruptibly();
    FileChannel channel = null;
    try {
      Files.createDirectories(file.getParent());
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return new CacheLock(inside, channel, await(channel, growing));
    } catch (IOException _) {
      return new CacheLock(inside, channel, false);
    } catch (InterruptedException | RuntimeException | Error e) {
      new CacheLock(inside, channel, false).close();
      throw e;
    }
  }

  private static boolean await(FileChannel channel, Path growing)
      throws IOException, InterruptedException {
    long size = -1;
    long since = System.nanoTime();
    while (System.nanoTime() - since < STUCK.toNanos()) {
      if (tryLock(channel) != null) {
        return true;
      }
      long now = Files.exists(growing) ? Files.size(growing) : 0;
      if (now != size) {
        size = now;
        since = System.nanoTime();
      }
      Thread.sleep(LOOK_AGAIN);
    }
    return false;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // This class, loaded by another class loader, holds it.
      return null;
    }
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException _) {
      // It goes when the process ends.
    } finally {
      inside.unlock();
    }
  }
}
