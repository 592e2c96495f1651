// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.data.Quoted;
import java.util.regex.Pattern;

/// Names that come over the network and become paths on disk.
final class SafeName {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}");

  private SafeName() {}

  /// Whether `path` stays below the folder it is resolved against, on any operating system.
  static boolean isPath(String path) {
    if (path.isEmpty() || path.length() > 1000) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()
          || part.equals(".")
          || part.equals("..")
          || part.chars().anyMatch(c -> c < ' ' || c == '\\' || c == ':' || c == 127)) {
        return false;
      }
    }
    return true;
  }

  /// `path` itself.
  ///
  /// @throws HubException if it would lead elsewhere
  static String path(String path) {
    if (!isPath(path)) {
      throw new HubException(
          HubException.Kind.BAD_NAME,
          "%s is no name that a file or a revision of a model may have, since it could lead out of the cache."
              .formatted(Quoted.of(path)));
    }
    return path;
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /// Whether `text` can name a blob.
  static boolean isEtag(String text) {
    return ETAG.matcher(text).matches();
  }
}
