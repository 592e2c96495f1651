// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/// An answer whose body is still to be read.
///
/// @param uri who answered, after redirects
/// @param status such as 200
/// @param headers all of them
/// @param body must be closed
record Reply(URI uri, int status, HttpHeaders headers, InputStream body) implements AutoCloseable {
  @Nullable String header(String name) {
    return headers.firstValue(name).orElse(null);
  }

  /// A header that is a number, or -1.
  long number(String name) {
    String value = header(name);
    try {
      return value == null ? -1 : Long.parseLong(value.strip());
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  boolean isRedirect() {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> header("location") != null;
      default -> false;
    };
  }

  boolean isGzip() {
    return "gzip".equalsIgnoreCase(header("content-encoding"));
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
