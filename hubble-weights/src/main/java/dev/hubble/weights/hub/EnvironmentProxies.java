// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The way to an address: through the proxy that Java's own properties (`https.proxyHost`, ...)
/// name, or else the one in `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` unless `NO_PROXY` excludes
/// the host.
final class EnvironmentProxies extends ProxySelector {
  private final Map<String, String> environment;

  EnvironmentProxies(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    ProxySelector own = ProxySelector.getDefault();
    List<Proxy> found = own == null ? List.of() : own.select(uri);
    if (found.stream().anyMatch(proxy -> proxy.type() == Proxy.Type.HTTP)) {
      return found;
    }
    URI proxy = proxy(uri);
    if (proxy == null) {
      return List.of(Proxy.NO_PROXY);
    }
    int port = proxy.getPort() >= 0 ? proxy.getPort() : 80;
    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
  }

  /// What to show to the proxy on the way to `uri`, if its address holds a password.
  @Nullable String authorization(URI uri) {
    URI proxy = proxy(uri);
    String user = proxy == null ? null : proxy.getUserInfo();
    return user == null
        ? null
        : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  private @Nullable URI proxy(URI uri) {
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    String text = variable(scheme + "_proxy");
    if (text == null) {
      text = variable("all_proxy");
    }
    if (text == null || isExcluded(uri)) {
      return null;
    }
    try {
      URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
      return proxy.getHost() == null ? null : proxy;
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private boolean isExcluded(URI uri) {
    String list = variable("no_proxy");
    if (list == null) {
      return false;
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    for (String entry : list.toLowerCase(Locale.ROOT).split(",", -1)) {
      String name = entry.strip().replaceFirst("^\\*?\\.", "");
      boolean covered = host.equals(name) || host.endsWith("." + name);
      if (name.equals("*")
          || (!name.isEmpty() && (covered || name.equals(host + ":" + uri.getPort())))) {
        return true;
      }
    }
    return false;
  }

  /// The lower-case name wins, as in curl.
  private @Nullable String variable(String name) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      value = environment.get(name.toUpperCase(Locale.ROOT));
    }
    return value == null || value.isBlank() ? null : value.strip();
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException problem) {
    // The request fails by itself.
  }
}
