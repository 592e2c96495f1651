// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RouteTest {
  @Test
  void listsThatLeadNowhereAreRefused() {
    refused(() -> new Route.Times(List.of()), "empty");
    refused(() -> new Route.Times(List.of(5, 5)), "5 comes after 5");
    refused(() -> new Route.Sigmas(List.of(0.0)), "end with 0");
    refused(() -> new Route.Sigmas(List.of(3.0, 1.0)), "end with 0");
    refused(() -> new Route.Sigmas(List.of(1.0, 3.0, 0.0)), "1.0 comes before 3.0");
    refused(() -> new Route.Sigmas(List.of(Double.NaN, 0.0)), "NaN");
    refused(() -> create("euler", new Route.Times(List.of(1000, 1))), "not at 1000");
    refused(() -> create("euler", new Route.Times(List.of(1, -1))), "not at -1");
  }

  @Test
  void notEverySchedulerTakesEveryRoute() {
    refused(() -> create("pndm", new Route.Times(List.of(9, 1))), "equal strides");
    refused(() -> create("ddim", new Route.Sigmas(List.of(9.0, 0.0))), "equal strides");
    refused(() -> create("ddpm", new Route.Sigmas(List.of(9.0, 0.0))), "takes times");
    refused(() -> create("euler-karras", new Route.Times(List.of(9, 1))), "not both");
  }

  private static void create(String name, Route route) {
    Schedulers.create(Runs.sdV1(), name, route, 0);
  }

  private static void refused(ThrowingCallable call, String part) {
    assertThatThrownBy(call)
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".");
  }
}
