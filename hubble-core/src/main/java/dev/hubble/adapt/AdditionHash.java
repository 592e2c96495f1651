// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.HubbleException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// The hashes by which people know LoRAs and learned words.
final class AdditionHash {
  /// As many digits as AUTOMATIC1111's web UI shows.
  private static final int DIGITS = 12;

  /// With fewer, a hash says too little to trust it.
  private static final int FEWEST = 8;

  private AdditionHash() {}

  /// Of a LoRA: what trainers and the web UI write. A safetensors file counts without its header,
  /// where people edit notes.
  static String lora(Path file) {
    return sha256(file, isSafetensors(file)).substring(0, DIGITS);
  }

  /// Of a learned word: the whole file.
  static String word(Path file) {
    return sha256(file, false).substring(0, DIGITS);
  }

  /// Whether a recipe that says `hash` means this file. Some tools hash LoRAs with their headers.
  static boolean fits(Path file, String hash) {
    String wanted = hash.toLowerCase(Locale.ROOT);
    if (wanted.length() < FEWEST) {
      return wanted.isEmpty();
    }
    return sha256(file, false).startsWith(wanted)
        || (isSafetensors(file) && sha256(file, true).startsWith(wanted));
  }

  private static boolean isSafetensors(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
  }

  private static String sha256(Path file, boolean behindHeader) {
    try (InputStream in = Files.newInputStream(file)) {
      if (behindHeader) {
        byte[] length = in.readNBytes(Long.BYTES);
        if (length.length == Long.BYTES) {
          in.skip(Math.max(0, ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()));
        }
      }
      var digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new HubbleException.BadRequest(
          "%s cannot be read: %s.".formatted(file, e.getMessage()), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
