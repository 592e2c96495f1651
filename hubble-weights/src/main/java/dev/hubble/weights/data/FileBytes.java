// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The bytes of a weight file: mapped into memory, of any length, or held in an array.
public final class FileBytes implements AutoCloseable {
  private final String file;
  private final MemorySegment segment;
  private final @Nullable Arena arena;
  private volatile boolean closed;

  private FileBytes(String file, MemorySegment segment, @Nullable Arena arena) {
    this.file = file;
    this.segment = segment;
    this.arena = arena;
  }

  /// Maps a file; nothing is read before it is used.
  @SuppressWarnings(
      "MustBeClosedChecker") // The arena lives as long as the object that is returned.
  public static FileBytes map(Path path) {
    // Opening a pipe would wait for a writer, and a device has no end.
    if (!Files.isRegularFile(path)) {
      throw new WeightsException(
          Files.exists(path)
              ? path + " is not a file; name a weight file."
              : path + " does not exist; check the path or download the model again.");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new FileBytes(path.toString(), mapped, arena);
    } catch (IOException e) {
      arena.close();
      throw new WeightsException(
          e instanceof AccessDeniedException
              ? path + " may not be read by this user; change its permissions."
              : "%s cannot be read (%s).".formatted(path, e.getMessage()),
          e);
    }
  }

  /// Bytes that are in memory already; they are not copied and must not change.
  public static FileBytes of(String name, MemorySegment bytes) {
    return new FileBytes(name, bytes.asReadOnly(), null);
  }

  /// The path, for messages.
  public String file() {
    return file;
  }

  /// How many there are.
  public long size() {
    return segment.byteSize();
  }

  /// The bytes themselves.
  public MemorySegment segment() {
    return segment;
  }

  /// Whether they have been given back.
  public boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (arena != null) {
        arena.close();
      }
    }
  }

  /// Lets the system take back the pages of a mapped file that hold these bytes: a process counts
  /// as large as what it has looked at. They stay in the system's cache for who looks again.
  synchronized void unload(long from, long size) {
    if (!closed && segment.isMapped()) {
      segment.asSlice(from, size).unload();
    }
  }

  /// Runs a read of `tensor` that another thread may pull the file away from.
  @SuppressWarnings("ThreadPriorityCheck") // What yield() is good for here is not scheduling.
  void guarded(StoredTensor tensor, Runnable read) {
    try {
      if (!closed) {
        read.run();
        // The JVM reports a lost page late, when the thread next comes back from native code; this
        // makes that happen here and not in whoever called.
        Thread.yield();
        return;
      }
    } catch (IllegalStateException e) {
      if (!closed) {
        throw e;
      }
    } catch (InternalError e) {
      // The JVM's answer to a page that is gone because the file was cut short or its disk failed.
      throw new WeightsException(
          "%s: tensor %s could not be read because the file changed or its disk failed; load the model again."
              .formatted(file, Quoted.of(tensor.name())),
          e);
    }
    throw problem(
        tensor,
        "of type %s was read after its file was closed; keep the model open while it loads");
  }

  /// A sentence about a tensor, in which `%s` stands for its type.
  static WeightsException problem(StoredTensor tensor, String what) {
    return new WeightsException(
        "%s: tensor %s %s."
            .formatted(tensor.file(), Quoted.of(tensor.name()), what.formatted(tensor.type())));
  }
}
