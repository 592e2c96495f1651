// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The two hashes that hubs use as ETags.
final class Digests {
  private Digests() {}

  /// Whether the content of `file` has the hash `etag`: the SHA-256 of large files, git's SHA-1 of
  /// small ones. A mirror may use something else, which says nothing about the content.
  static boolean matches(Path file, String etag) throws IOException {
    if (etag.matches("[0-9a-f]{64}")) {
      return etag.equals(hash(digest("SHA-256"), file));
    }
    if (etag.matches("[0-9a-f]{40}")) {
      MessageDigest digest = digest("SHA-1");
      digest.update(("blob " + Files.size(file) + "\0").getBytes(US_ASCII));
      return etag.equals(hash(digest, file));
    }
    return true;
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has " + name, e);
    }
  }

  private static String hash(MessageDigest digest, Path file) throws IOException {
    byte[] buffer = new byte[1 << 18];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted");
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
