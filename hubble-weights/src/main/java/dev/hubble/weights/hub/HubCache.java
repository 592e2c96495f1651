// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One repository in the cache, laid out as Hugging Face's own client does, so that both use each
/// other's files:
///
/// ```
/// models--Org--Name/blobs/<etag>                the content, named after its hash
/// models--Org--Name/refs/<revision>             the commit that a branch or tag stood at
/// models--Org--Name/snapshots/<commit>/<path>   a relative link to the blob
/// models--Org--Name/.no_exist/<commit>/<path>   an empty file: the hub has no such file
/// .locks/models--Org--Name/<etag>.lock
/// ```
///
/// Where links cannot be made, or must not be, the content itself lies in the snapshot.
///
/// @param root the cache of all repositories
/// @param repo whose files
/// @param symlinks whether links may be made
record HubCache(Path root, RepoId repo, boolean symlinks) {
  private Path folder() {
    return root.resolve(repo.folder());
  }

  Path snapshot(String commit) {
    return folder().resolve("snapshots").resolve(commit);
  }

  Path pointer(String commit, String path) {
    return snapshot(commit).resolve(SafeName.path(path));
  }

  Path blob(String etag) {
    return folder().resolve("blobs").resolve(etag);
  }

  Path lock(String etag) {
    return root.resolve(".locks").resolve(repo.folder()).resolve(etag + ".lock");
  }

  private Path ref(String revision) {
    return folder().resolve("refs").resolve(SafeName.path(revision));
  }

  /// The commit that `revision` is or, as far as the cache knows, stands at.
  @Nullable String commit(String revision) {
    if (SafeName.isCommit(revision)) {
      return revision;
    }
    Path ref = ref(revision);
    try {
      if (!Files.isRegularFile(ref) || Files.size(ref) > 100) {
        return null;
      }
      String commit = Files.readString(ref).strip();
      return SafeName.isCommit(commit) ? commit : null;
    } catch (IOException _) {
      return null;
    }
  }

  /// Remembers where `revision` stands.
  void remember(String revision, String commit) {
    if (revision.equals(commit) || commit.equals(commit(revision))) {
      return;
    }
    Path temporary = unique(folder().resolve("ref"));
    try {
      Path ref = ref(revision);
      Files.createDirectories(ref.getParent());
      Files.writeString(temporary, commit);
      replace(temporary, ref);
    } catch (IOException e) {
      throw failure("keep the revision " + revision, e);
    }
  }

  /// Remembers that there is no file `path`.
  void rememberAbsent(String commit, String path) {
    Path file = folder().resolve(".no_exist").resolve(commit).resolve(SafeName.path(path));
    try {
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    } catch (FileAlreadyExistsException _) {
      // Known already.
    } catch (IOException e) {
      throw failure("note that there is no " + path, e);
    }
  }

  /// The files of a snapshot whose content is there.
  Set<String> files(String commit) {
    Path snapshot = snapshot(commit);
    if (!Files.isDirectory(snapshot)) {
      return Set.of();
    }
    // A model's files are one folder deep; a tree that someone hung in here need not be walked.
    try (Stream<Path> walk = Files.walk(snapshot, 3)) {
      Set<String> files = new LinkedHashSet<>();
      walk.filter(Files::isRegularFile)
          .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .forEach(files::add);
      return files;
    } catch (IOException e) {
      throw failure("list " + snapshot, e);
    }
  }

  /// Puts a blob into a snapshot.
  ///
  /// @param fresh whether nobody else can need the blob where it lies
  void link(String commit, String path, String etag, boolean fresh) {
    Path pointer = pointer(commit, path);
    Path blob = blob(etag);
    try {
      Path folder = Objects.requireNonNull(pointer.getParent());
      Files.createDirectories(folder);
      if (symlinks && symlink(pointer, folder.relativize(blob))) {
        return;
      }
      if (fresh) {
        replace(blob, pointer);
      } else {
        Path copy = unique(blob);
        Files.copy(blob, copy);
        replace(copy, pointer);
      }
    } catch (IOException e) {
      throw failure("put " + path + " into the snapshot", e);
    }
  }

  /// Whether the file system, and on Windows the user's rights, allowed it.
  private static boolean symlink(Path pointer, Path target) throws IOException {
    for (int tries = 0; tries < 5; tries++) {
      if (Files.isSymbolicLink(pointer) && Files.readSymbolicLink(pointer).equals(target)) {
        return true;
      }
      try {
        Files.createSymbolicLink(pointer, target);
        return true;
      } catch (FileAlreadyExistsException _) {
        // What is there leads nowhere or elsewhere, unless another process was just as fast.
        Files.deleteIfExists(pointer);
      } catch (NoSuchFileException e) {
        throw e;
      } catch (UnsupportedOperationException | FileSystemException _) {
        return false;
      }
    }
    return false;
  }

  /// A name beside `file` that nobody else uses, as Hugging Face's client forms it.
  static Path unique(Path file) {
    return file.resolveSibling(
        "%s.%08x.incomplete".formatted(file.getFileName(), ThreadLocalRandom.current().nextInt()));
  }

  static void replace(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  HubException failure(String what, IOException e) {
    return isFull(e)
        ? new HubException(
            Kind.DISK_FULL,
            "The disk is full and nothing is lost: make room in %s or set HF_HOME to a folder on a larger disk, then run the same again."
                .formatted(root),
            e)
        : new HubException(
            Kind.CACHE,
            "Could not %s in the cache %s (%s): check that it can be written to, or set HF_HOME to another folder."
                .formatted(what, root, e),
            e);
  }

  /// Java has no exception of its own for it.
  private static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left")
        || message.contains("not enough space")
        || message.contains("quota exceeded");
  }
}
