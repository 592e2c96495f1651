// SPDX-License-Identifier: Apache-2.0
//
// native-tests [--quick] [--small] [--family NAME] [--except NAME] [--modes N] [--threads N] [--fail-fast] [--list]
//
// Runs every case in the scheduling modes that are meant for it. --quick: small cases, two modes. --small: small cases only.
// --fail-fast: stops at the first failure, and says before each case which it is, for a case may end the process.
#include <chrono>
#include <cstdlib>

#include "harness.h"

void elementwise_cases();
void weight_cases();
void linear_cases();
void conv_cases();
void upsample_conv_cases();
void hopper_cases();
void norm_cases();
void attention_cases();

struct Mode {
  const char* name;
  emu::Config config;
};
// The first two run everything; the second finds most of what the first does not. Greedy: so are a cluster's blocks.
static const Mode MODES[] = {
    {"forward, late copies", {0, true, false, 1, true, false}},
    {"reverse, eager copies, greedy", {1, false, true, 1, true, true}},
    {"shuffled, late copies, greedy", {2, true, true, 1, true, true}},
    {"shuffled, eager copies", {3, false, false, 1, true, false}},
    {"forward, all eager, greedy", {0, false, true, 1, false, true}},
    {"reverse, late copies, eager products", {1, true, false, 1, false, false}},
};

int main(int count, char** arguments) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  bool small = false, list = false, fail_fast = false;
  int modes = 6, threads = 1;
  std::string family, except;
  for (int i = 1; i < count; i++) {
    std::string a = arguments[i];
    if (a == "--quick") {
      small = true;
      modes = 2;
    } else if (a == "--small") {
      small = true;
    } else if (a == "--fail-fast") {
      fail_fast = true;
    } else if (a == "--list") {
      list = true;
    } else if (a == "--family" && i + 1 < count) {
      family = arguments[++i];
    } else if (a == "--except" && i + 1 < count) {
      except = arguments[++i];
    } else if (a == "--modes" && i + 1 < count) {
      modes = atoi(arguments[++i]);
    } else if (a == "--threads" && i + 1 < count) {
      threads = atoi(arguments[++i]);
    } else {
      fprintf(stderr, "unknown argument %s\n", a.c_str());
      return 2;
    }
  }
  elementwise_cases();
  weight_cases();
  linear_cases();
  conv_cases();
  upsample_conv_cases();
  hopper_cases();
  norm_cases();
  attention_cases();

  int run = 0, failed = 0;
  for (int m = 0; m < modes && m < 6; m++) {
    emu::config = MODES[m].config;
    emu::config.threads = threads;
    auto start = std::chrono::steady_clock::now();
    int before = run;
    for (auto& c : test::cases()) {
      if ((!family.empty() && c.family != family) || c.family == except || (c.size == test::REAL && (small || m > 1))) {
        continue;
      }
      if (list) {
        printf("%s: %s\n", c.family.c_str(), c.name.c_str());
        continue;
      }
      run++;
      if (fail_fast) {
        printf("running %s: %s (%s)\n", c.family.c_str(), c.name.c_str(), MODES[m].name);
      }
      auto from = std::chrono::steady_clock::now();
      try {
        c.body();
      } catch (const test::Failure& f) {
        failed++;
        printf("FAILED %s: %s (%s): %s\n", c.family.c_str(), c.name.c_str(), MODES[m].name, f.what.c_str());
        if (fail_fast) {
          return 1;
        }
      }
      double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
      if (getenv("HUBBLE_TEST_TIMES") && seconds > 0.1) {
        printf("  %.2f s  %s: %s\n", seconds, c.family.c_str(), c.name.c_str());
      }
    }
    printf("%-32s %4d cases, %.1f s\n", MODES[m].name, run - before,
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  printf("%d cases run, %d failed\n", run, failed);
  return failed || (!list && !run) ? 1 : 0;
}
