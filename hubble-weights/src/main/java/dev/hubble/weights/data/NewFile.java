// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// A file that is there whole or not at all: it is written under another name beside its place, and
/// moved there when it is on the disk.
public final class NewFile {
  /// Writes what the file is to hold.
  @FunctionalInterface
  public interface Content {
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private NewFile() {}

  /// Writes a file, in the place of an older one.
  ///
  /// @throws WeightsException if that is not possible
  public static void write(Path file, Content content) {
    Path folder = file.toAbsolutePath().getParent();
    Path name = file.getFileName();
    if (folder == null || name == null || Files.isDirectory(file)) {
      throw new WeightsException(file + " cannot be written because it is a folder; name a file.");
    }
    if (!Files.isDirectory(folder)) {
      throw new WeightsException(
          "%s cannot be written because there is no folder %s; create it first."
              .formatted(file, folder));
    }
    // Not Files.createTempFile, which would leave the file readable by its owner only.
    Path part = folder.resolve("." + name + "." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      move(part, file);
    } catch (IOException e) {
      throw new WeightsException(
          "%s cannot be written (%s); check the permissions and the free space of its folder."
              .formatted(file, reason(e)),
          e);
    } finally {
      delete(part);
    }
  }

  private static void move(Path part, Path file) throws IOException {
    try {
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// The operating system's words; for some exceptions the message is only the path again.
  private static String reason(IOException e) {
    String words = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return words != null ? words : e.getClass().getSimpleName().replace("Exception", "");
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      // What made the write fail is what the user must hear about.
    }
  }
}
