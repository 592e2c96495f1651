// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the hub and the cache are, and how to talk to the hub: what the `HF_*` variables say, with
/// the meanings that they have in Hugging Face's own client.
///
/// @param endpoint the hub, without a slash at the end
/// @param cache the folder that holds `models--...`
/// @param token what to show to the hub, and to nobody else; null for none
/// @param offline whether the network must not be used
/// @param symlinks whether snapshots may be links to blobs
/// @param headTimeout how long to wait for an answer when the cache could serve instead
/// @param readTimeout how long a download may stand still
/// @param userAgent how requests introduce themselves
/// @param proxies the way to each address
public record HubConfig(
    URI endpoint,
    Path cache,
    @Nullable String token,
    boolean offline,
    boolean symlinks,
    Duration headTimeout,
    Duration readTimeout,
    String userAgent,
    ProxySelector proxies) {
  private static final String HUB = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  /// What this process' environment says.
  public static HubConfig ofEnvironment() {
    return of(System.getenv());
  }

  /// What `environment` says.
  ///
  /// @throws HubException if `HF_ENDPOINT` is no address
  public static HubConfig of(Map<String, String> environment) {
    var variables = new Variables(environment);
    Path home = variables.home();
    String cache = variables.first("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE");
    return new HubConfig(
        endpoint(variables.first("HF_ENDPOINT")),
        cache == null ? home.resolve("hub") : variables.path(cache),
        variables.token(home),
        variables.isOn("HF_HUB_OFFLINE") || variables.isOn("TRANSFORMERS_OFFLINE"),
        !variables.isOn("HF_HUB_DISABLE_SYMLINKS"),
        variables.seconds("HF_HUB_ETAG_TIMEOUT"),
        variables.seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
        variables.userAgent(),
        new EnvironmentProxies(environment));
  }

  private static URI endpoint(@Nullable String text) {
    String endpoint = (text == null ? HUB : text).strip().replaceFirst("/+$", "");
    try {
      URI uri = URI.create(endpoint);
      String scheme = uri.getScheme();
      if (uri.getHost() != null
          && uri.getRawQuery() == null
          && uri.getRawUserInfo() == null
          && ("http".equals(scheme) || "https".equals(scheme))) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // Reported below, as any other text that is no address.
    }
    throw new HubException(
        HubException.Kind.NOT_A_HUB,
        "\"%s\" (HF_ENDPOINT) is not the address of a hub, such as %s.".formatted(endpoint, HUB));
  }

  /// This with another token.
  public HubConfig withToken(String other) {
    return new HubConfig(
        endpoint,
        cache,
        other.isBlank() ? null : other.strip(),
        offline,
        symlinks,
        headTimeout,
        readTimeout,
        userAgent,
        proxies);
  }

  /// This with another cache folder.
  public HubConfig withCache(Path other) {
    return new HubConfig(
        endpoint, other, token, offline, symlinks, headTimeout, readTimeout, userAgent, proxies);
  }

  /// This with another hub.
  ///
  /// @throws HubException if `other` is no address of one
  public HubConfig withEndpoint(URI other) {
    return new HubConfig(
        endpoint(other.toString()),
        cache,
        token,
        offline,
        symlinks,
        headTimeout,
        readTimeout,
        userAgent,
        proxies);
  }

  /// This without the network.
  public HubConfig withoutNetwork() {
    return new HubConfig(
        endpoint, cache, token, true, symlinks, headTimeout, readTimeout, userAgent, proxies);
  }

  /// Leaves out the token: this ends up in logs.
  @Override
  public String toString() {
    return "HubConfig[endpoint=%s, cache=%s, token=%s, offline=%s]"
        .formatted(endpoint, cache, token == null ? "none" : "***", offline);
  }

  private record Variables(Map<String, String> map) {
    /// The first of `names` that is set to something.
    @Nullable String first(String... names) {
      for (String name : names) {
        String value = map.get(name);
        if (value != null && !value.isBlank()) {
          return value;
        }
      }
      return null;
    }

    boolean isOn(String name) {
      return TRUE.contains(map.getOrDefault(name, "").strip().toUpperCase(Locale.ROOT));
    }

    Duration seconds(String name) {
      String value = first(name);
      try {
        double seconds = value == null ? 10 : Double.parseDouble(value.strip());
        // A timeout of nothing would be no time at all to HttpClient, which it refuses.
        return seconds > 0 && seconds < 1e6
            ? Duration.ofMillis(Math.max(1, Math.round(seconds * 1000)))
            : Duration.ofSeconds(10);
      } catch (NumberFormatException _) {
        return Duration.ofSeconds(10);
      }
    }

    Path home() {
      String home = first("HF_HOME");
      if (home != null) {
        return path(home);
      }
      String xdg = first("XDG_CACHE_HOME");
      return (xdg == null ? path("~/.cache") : path(xdg)).resolve("huggingface");
    }

    Path path(String text) {
      boolean below = text.startsWith("~/") || text.startsWith("~\\") || text.equals("~");
      if (!below) {
        return Path.of(text).toAbsolutePath();
      }
      String home = first("HOME");
      return Path.of(home == null ? System.getProperty("user.home", "") : home)
          .resolve(text.substring(Math.min(2, text.length())))
          .toAbsolutePath();
    }

    @Nullable String token(Path home) {
      if (isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
        return null;
      }
      String token = first("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");
      if (token == null) {
        String file = first("HF_TOKEN_PATH");
        token = read(file == null ? home.resolve("token") : path(file));
      }
      return token == null || token.isBlank() ? null : token.strip();
    }

    private static @Nullable String read(Path file) {
      try {
        return Files.isRegularFile(file) ? Files.readString(file) : null;
      } catch (IOException _) {
        // Whoever may not read the token works without it, and learns of it if one is needed.
        return null;
      }
    }

    String userAgent() {
      if (isOn("HF_HUB_DISABLE_TELEMETRY") || isOn("DO_NOT_TRACK")) {
        return "hubble";
      }
      String origin = first("HF_HUB_USER_AGENT_ORIGIN");
      return "hubble; java/"
          + Runtime.version().feature()
          + (origin == null ? "" : "; origin/" + origin.strip());
    }
  }
}
