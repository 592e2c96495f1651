// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyTest extends HubTest {
  /// A proxy that plays the hub itself: what it is asked for is the whole address.
  @Test
  void goesThroughTheProxy() throws IOException {
    List<String> asked = new CopyOnWriteArrayList<>();
    List<String> shown = new CopyOnWriteArrayList<>();
    var proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext(
        "/",
        x -> {
          asked.add(x.getRequestURI().toString());
          shown.add(x.getRequestHeaders().getFirst("Proxy-Authorization"));
          FakeHub.status(404, "X-Error-Code", "RevisionNotFound").to(x);
          x.close();
        });
    proxy.start();
    try {
      environment.put("HTTP_PROXY", "http://me:pw@127.0.0.1:" + proxy.getAddress().getPort());
      environment.put("HF_ENDPOINT", "http://hub.invalid");
      failure(HubException.Kind.REVISION_NOT_FOUND);
      assertThat(asked).containsExactly("http://hub.invalid/api/models/org/tiny/revision/main");
      assertThat(shown).containsExactly("Basic bWU6cHc=");
      environment.put("NO_PROXY", "127.0.0.1");
      environment.put("HF_ENDPOINT", hub.url());
      assertWhole(download());
      assertThat(asked).hasSize(1);
      assertThat(hub.seen)
          .allSatisfy(s -> assertThat(s.headers()).doesNotContainKey("proxy-authorization"));
    } finally {
      proxy.stop(0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "https://hub.example/x, HTTPS_PROXY=http://p:3128, p:3128",
        "https://hub.example/x, https_proxy=p:3128, p:3128",
        "https://hub.example/x, HTTP_PROXY=http://p:3128, none",
        "http://hub.example/x, HTTP_PROXY=http://p, p:80",
        "https://hub.example/x, ALL_PROXY=http://p:1, p:1",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 https_proxy=http://q:2, q:2",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=*, none",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=hub.example, none",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=a;.example, none",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=example, none",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=ub.example, p:1",
        "https://hub.example/x, HTTPS_PROXY=http://p:1 NO_PROXY=;, p:1",
        "https://hub.example:8443/x, HTTPS_PROXY=http://p:1 no_proxy=hub.example:8443, none",
        "https://hub.example/x, HTTPS_PROXY=://, none",
      })
  void theEnvironmentNamesTheProxy(String uri, String variables, String expected) {
    Map<String, String> environment = new java.util.HashMap<>();
    for (String variable : variables.split(" ", -1)) {
      String[] parts = variable.split("=", 2);
      environment.put(parts[0], parts[1].replace(';', ','));
    }
    Proxy proxy = new EnvironmentProxies(environment).select(URI.create(uri)).getFirst();
    assertThat(proxy.address() == null ? null : describe((InetSocketAddress) proxy.address()))
        .isEqualTo(expected);
  }

  private static String describe(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  @Test
  void javasOwnPropertiesComeFirst() {
    System.setProperty("https.proxyHost", "own.example");
    System.setProperty("https.proxyPort", "8080");
    try {
      var proxies = new EnvironmentProxies(Map.of("HTTPS_PROXY", "http://p:1"));
      var address =
          (InetSocketAddress)
              proxies.select(URI.create("https://hub.example/")).getFirst().address();
      assertThat(describe(address)).isEqualTo("own.example:8080");
    } finally {
      System.clearProperty("https.proxyHost");
      System.clearProperty("https.proxyPort");
    }
  }
}
