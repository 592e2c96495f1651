// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;

/// Files that are there whole or not at all: written under a temporary name in the same folder,
/// then moved.
final class SafeFile {
  /// What goes into a file.
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private SafeFile() {}

  /// Refuses, before hours of work, what could not be written after them.
  static void checkWritable(Path file) {
    if (isSpecial(file)) {
      return;
    }
    if (Files.isDirectory(file)) {
      throw new HubbleException("Cannot write " + file + ": it is a folder.");
    }
    if (Files.exists(file) && !Files.isWritable(file)) {
      throw new HubbleException("Cannot write " + file + ": it is read-only.");
    }
    checkFolder(folderOf(real(file)));
  }

  /// Refuses a folder that no file can be put into.
  static void checkFolder(Path folder) {
    if (!Files.exists(folder)) {
      throw new HubbleException("There is no folder " + folder + "; make it first.");
    }
    if (!Files.isDirectory(folder)) {
      throw new HubbleException("Cannot write into " + folder + ": it is no folder.");
    }
    // Rights, read-only mounts, quotas: only trying tells.
    Path probe = temporary(folder, "probe");
    try {
      Files.write(probe, new byte[] {0}, StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    } finally {
      deleteQuietly(probe);
    }
  }

  /// Writes `file`, in place of what is there.
  static void replace(Path file, Content content) {
    try {
      if (isSpecial(file)) {
        // A device or a pipe has no half-written state, and must not become a file.
        try (var out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
          content.writeTo(out);
        }
        return;
      }
      Path target = real(file);
      Path temporary = write(target, content);
      try {
        move(temporary, target);
      } finally {
        deleteQuietly(temporary);
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /// Writes the first of `names.apply(1)`, `names.apply(2)`, ... that is still free, also when
  /// other processes look for one at the same time.
  static Path create(IntFunction<Path> names, Content content) {
    Path first = names.apply(1);
    try {
      Path temporary = write(first, content);
      try {
        for (int i = 1; ; i++) {
          Path name = names.apply(i);
          if (claim(temporary, name)) {
            return name;
          }
        }
      } finally {
        deleteQuietly(temporary);
      }
    } catch (IOException e) {
      throw cannotWrite(first, e);
    }
  }

  /// A link fails where a file exists, which no atomic move promises.
  private static boolean claim(Path temporary, Path name) throws IOException {
    if (Files.exists(name)) {
      return false;
    }
    try {
      Files.createLink(name, temporary);
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // FAT and some network drives know no links.
      move(temporary, name);
    }
    return true;
  }

  private static Path write(Path target, Content content) throws IOException {
    Path temporary = temporary(folderOf(target), String.valueOf(target.getFileName()));
    try (var out =
        new BufferedOutputStream(
            Files.newOutputStream(
                temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
      content.writeTo(out);
    } catch (IOException | RuntimeException | Error e) {
      deleteQuietly(temporary);
      throw e;
    }
    return temporary;
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Not Files.createTempFile, whose files nobody else may read.
  private static Path temporary(Path folder, String name) {
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return folder.resolve("." + name + "." + unique + ".part");
  }

  private static boolean isSpecial(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
  }

  /// What a link points to, so that the link stays one.
  private static Path real(Path file) {
    try {
      return Files.exists(file) ? file.toRealPath() : file;
    } catch (IOException e) {
      return file;
    }
  }

  private static Path folderOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.getLogger(SafeFile.class.getName()).log(System.Logger.Level.DEBUG, "left " + file, e);
    }
  }

  private static HubbleException cannotWrite(Path path, IOException e) {
    String reason =
        switch (e) {
          case AccessDeniedException _ -> "permission denied";
          case FileSystemException f when f.getReason() != null -> f.getReason();
          default -> String.valueOf(e.getMessage());
        };
    return new HubbleException("Cannot write " + path + ": " + reason + ".", e);
  }
}
