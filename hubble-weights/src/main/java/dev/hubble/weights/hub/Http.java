// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Sends requests one by one. Redirects are left to the caller, who knows which hosts may see the
/// token; here it goes to the endpoint's own origin and nowhere else.
final class Http implements AutoCloseable {
  private final HubConfig config;
  private final HttpClient client;

  Http(HubConfig config) {
    this.config = config;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            // Parallel downloads are faster over connections of their own.
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .proxy(config.proxies())
            .build();
  }

  Reply send(String method, URI uri, Map<String, String> headers, Duration timeout)
      throws IOException, InterruptedException {
    HttpRequest request = request(method, uri, headers, timeout);
    try {
      var response = client.send(request, BodyHandlers.ofInputStream());
      InputStream body = new ImpatientStream(response.body(), config.readTimeout());
      return new Reply(uri, response.statusCode(), response.headers(), body);
    } catch (ConnectException e) {
      throw e.getMessage() == null ? explained(e, uri) : e;
    }
  }

  private HttpRequest request(
      String method, URI uri, Map<String, String> headers, Duration timeout) {
    var builder = HttpRequest.newBuilder(uri).timeout(timeout);
    builder.method(method, HttpRequest.BodyPublishers.noBody());
    builder.header("User-Agent", config.userAgent());
    // The length and the hash that a hub announces are those of the plain bytes.
    builder.header("Accept-Encoding", "identity");
    if (config.token() != null && isEndpoint(uri)) {
      builder.header("Authorization", "Bearer " + config.token());
    }
    if (config.proxies() instanceof EnvironmentProxies proxies) {
      String authorization = proxies.authorization(uri);
      if (authorization != null) {
        builder.header("Proxy-Authorization", authorization);
      }
    }
    headers.forEach(builder::header);
    return builder.build();
  }

  /// Whether `uri` is on the hub itself: same scheme, host and port.
  boolean isEndpoint(URI uri) {
    URI endpoint = config.endpoint();
    return lower(uri.getScheme()).equals(lower(endpoint.getScheme()))
        && lower(uri.getHost()).equals(lower(endpoint.getHost()))
        && port(uri) == port(endpoint);
  }

  private static String lower(String text) {
    return Objects.requireNonNullElse(text, "").toLowerCase(Locale.ROOT);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  /// HttpClient says nothing at all when a name has no address or a port is closed.
  private static ConnectException explained(ConnectException e, URI uri) {
    boolean unknown =
        e.getCause() instanceof UnresolvedAddressException
            || e.getCause() instanceof UnknownHostException
            || (e.getCause() != null
                && e.getCause().getCause() instanceof UnresolvedAddressException);
    var better =
        new ConnectException(
            unknown ? "the name " + uri.getHost() + " has no address" : "connection refused");
    better.initCause(e);
    return better;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
