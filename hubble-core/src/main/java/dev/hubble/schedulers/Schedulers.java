// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Finds schedulers by name.
public final class Schedulers {
  private interface Factory {
    Scheduler create(SchedulerConfig config, Route route, float eta);
  }

  /// Whether a scheduler can be told how the sizes of the noise fall ([SigmaSpacing]).
  private enum Sizes {
    /// It knows times only.
    FIXED,
    /// By its name or by the model's configuration.
    ANY,
    /// By its name; its class in diffusers does not look at the configuration.
    BY_NAME
  }

  /// One scheduler.
  ///
  /// @param className the diffusers class that means it in a model's configuration
  /// @param aliases other names for it, as [#plain] spells them
  /// @param settings what the name says about the configuration
  private record Entry(
      String name,
      String className,
      Set<String> aliases,
      Sizes sizes,
      Map<String, Object> settings,
      Factory factory) {

    Entry(String name, String className, Set<String> aliases, Sizes sizes, Factory factory) {
      this(name, className, aliases, sizes, Map.of(), factory);
    }

    boolean isCalled(String plainName) {
      return name.equals(plainName) || aliases.contains(plainName);
    }
  }

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry(
              Pndm.NAME,
              "PNDMScheduler",
              Set.of("plms"),
              Sizes.FIXED,
              (config, route, eta) -> new Pndm(config, route.evenSteps(Pndm.NAME))),
          new Entry(
              Ddim.NAME,
              "DDIMScheduler",
              Set.of(),
              Sizes.FIXED,
              (config, route, eta) -> new Ddim(config, route.evenSteps(Ddim.NAME), eta)),
          new Entry(
              Ddpm.NAME,
              "DDPMScheduler",
              Set.of(),
              Sizes.FIXED,
              (config, route, eta) -> new Ddpm(config, route)),
          new Entry(
              Euler.NAME,
              "EulerDiscreteScheduler",
              Set.of(),
              Sizes.ANY,
              (config, route, eta) -> new Euler(config, route)),
          new Entry(
              EulerAncestral.NAME,
              "EulerAncestralDiscreteScheduler",
              Set.of("euler-ancestral"),
              Sizes.BY_NAME,
              (config, route, eta) -> new EulerAncestral(config, route)),
          new Entry(
              Heun.NAME,
              "HeunDiscreteScheduler",
              Set.of(),
              Sizes.ANY,
              (config, route, eta) -> new Heun(v1Betas(config), route)),
          new Entry(
              Lms.NAME,
              "LMSDiscreteScheduler",
              Set.of(),
              Sizes.ANY,
              (config, route, eta) -> new Lms(config, route)),
          dpmSolver("dpmpp-2m", "DPMSolverMultistepScheduler", 2, "dpmsolver++", "midpoint"),
          dpmSolver("dpmpp-3m", "", 3, "dpmsolver++", "midpoint"),
          dpmSolver("dpmpp-2m-sde", "", 2, "sde-dpmsolver++", "midpoint"),
          dpmSolver("dpmpp-2m-sde-heun", "", 2, "sde-dpmsolver++", "heun"),
          dpmSolver("dpmpp-3m-sde", "", 3, "sde-dpmsolver++", "midpoint"),
          new Entry(
              DpmSolverSde.NAME,
              "DPMSolverSDEScheduler",
              Set.of(),
              Sizes.ANY,
              (config, route, eta) -> new DpmSolverSde(v1Betas(config), route)),
          new Entry(
              UniPc.NAME,
              "UniPCMultistepScheduler",
              Set.of("uni-pc"),
              Sizes.ANY,
              (config, route, eta) -> new UniPc(config, route)),
          new Entry(
              Deis.NAME,
              "DEISMultistepScheduler",
              Set.of(),
              Sizes.ANY,
              (config, route, eta) -> new Deis(config, route)),
          new Entry(
              Kdpm2.NAME,
              "KDPM2DiscreteScheduler",
              Set.of("dpm2", "dpm-2"),
              Sizes.ANY,
              (config, route, eta) -> new Kdpm2(v1Betas(config), route)),
          new Entry(
              Kdpm2Ancestral.NAME,
              "KDPM2AncestralDiscreteScheduler",
              Set.of("kdpm2-a", "dpm2-a", "dpm-2-ancestral"),
              Sizes.ANY,
              (config, route, eta) -> new Kdpm2Ancestral(v1Betas(config), route)),
          new Entry(
              Lcm.NAME,
              "LCMScheduler",
              Set.of(),
              Sizes.FIXED,
              (config, route, eta) -> new Lcm(config, route)));

  private static Entry dpmSolver(
      String name, String className, int order, String algorithm, String solver) {
    return new Entry(
        name,
        className,
        Set.of(),
        Sizes.ANY,
        Map.of("solver_order", order, "algorithm_type", algorithm, "solver_type", solver),
        (config, route, eta) -> new DpmSolver(config, route));
  }

  /// The noise of Stable Diffusion v1, which these classes assume where a configuration is silent;
  /// the others assume Ho's.
  private static SchedulerConfig v1Betas(SchedulerConfig config) {
    return config.orElse("beta_start", 0.00085).orElse("beta_end", 0.012);
  }

  private Schedulers() {}

  /// The names of all schedulers. Those that go by sigmas may be followed by `-karras`,
  /// `-exponential` or `-beta`.
  public static List<String> names() {
    return ENTRIES.stream().map(Entry::name).toList();
  }

  /// A scheduler for one run.
  ///
  /// @param config the model's `scheduler_config.json`
  /// @param name one of [#names], a class of diffusers (`EulerDiscreteScheduler`), or the name that
  ///   AUTOMATIC1111's web UI gives it (`DPM++ 2M Karras`), in any case; empty for the model's own
  /// @param steps how many denoising steps
  /// @param eta how much noise [Ddim] adds on the way; the others do not look at it
  /// @throws HubbleException.BadRequest if there is no such scheduler, or it cannot do that many
  ///   steps
  public static Scheduler create(SchedulerConfig config, String name, int steps, float eta) {
    return create(config, name, new Route.Count(steps), eta);
  }

  /// A scheduler for one run along `route`.
  ///
  /// @throws HubbleException.BadRequest if there is no such scheduler, or it cannot go that way
  public static Scheduler create(SchedulerConfig config, String name, Route route, float eta) {
    String wanted = name.isEmpty() ? config.className() : name;
    for (Entry entry : ENTRIES) {
      if (entry.className().equalsIgnoreCase(wanted)) {
        var settled = entry.sizes() == Sizes.BY_NAME ? SigmaSpacing.BY_TIME.in(config) : config;
        return entry.factory().create(settled, route, eta);
      }
    }
    return byName(config, plain(wanted), route, eta, name);
  }

  private static Scheduler byName(
      SchedulerConfig config, String plain, Route route, float eta, String asked) {
    for (Entry entry : ENTRIES) {
      for (SigmaSpacing spacing : SigmaSpacing.values()) {
        if (plain.endsWith(spacing.suffix())
            && entry.isCalled(plain.substring(0, plain.length() - spacing.suffix().length()))) {
          if (spacing != SigmaSpacing.BY_TIME && entry.sizes() == Sizes.FIXED) {
            throw new HubbleException.BadRequest(
                "The scheduler %s goes by times, so there is no \"%s\"."
                    .formatted(entry.name(), asked));
          }
          var settled = config;
          for (var setting : entry.settings().entrySet()) {
            settled = settled.with(setting.getKey(), setting.getValue());
          }
          if (spacing != SigmaSpacing.BY_TIME || entry.sizes() == Sizes.BY_NAME) {
            settled = spacing.in(settled);
          }
          return entry.factory().create(settled, route, eta);
        }
      }
    }
    throw new HubbleException.BadRequest(
        (asked.isEmpty()
                ? "The model's own scheduler, " + config.className() + ", is not available"
                : "There is no scheduler \"" + asked + "\"")
            + "; choose one of: "
            + String.join(", ", names())
            + ".");
  }

  /// `DPM++ 2M Karras` and `dpmpp_2m_karras` as `dpmpp-2m-karras`.
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).strip().replace("++", "pp").replaceAll("[\\s_-]+", "-");
  }
}
