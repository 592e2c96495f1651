// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How long to wait before the next try: 1, 2, 4, 8, 8 seconds, or what the hub asks for.
final class Backoff {
  /// How many tries there are after the first.
  static final int RETRIES = 5;

  /// Whoever is told to come back later than this is better told so than kept waiting.
  static final Duration LONGEST = Duration.ofMinutes(5);

  private static final Pattern RESET = Pattern.compile("(?:^|[;,\\s])t=(\\d{1,9})");

  private Backoff() {}

  static boolean isWorthARetry(int status) {
    return switch (status) {
      case 408, 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }

  /// @param failures how many tries have failed, from 1
  static Duration after(int failures) {
    return Duration.ofSeconds(1L << Math.min(failures - 1, 3));
  }

  /// @param reply the answer of the last try
  static Duration after(int failures, Reply reply) {
    Duration asked = asked(reply);
    return asked == null ? after(failures) : asked;
  }

  /// The time in `ratelimit: "api";r=0;t=55` (until the count starts anew) or in `Retry-After`.
  static @Nullable Duration asked(Reply reply) {
    String limit = reply.status() == 429 ? reply.header("ratelimit") : null;
    if (limit != null) {
      Matcher matcher = RESET.matcher(limit);
      if (matcher.find()) {
        return Duration.ofSeconds(Long.parseLong(matcher.group(1)) + 1);
      }
    }
    String after = reply.header("retry-after");
    if (after == null) {
      return null;
    }
    try {
      if (after.strip().matches("\\d{1,9}")) {
        return Duration.ofSeconds(Long.parseLong(after.strip()));
      }
      Instant then =
          ZonedDateTime.parse(after.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), then);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException _) {
      return null;
    }
  }
}
