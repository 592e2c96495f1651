// SPDX-License-Identifier: Apache-2.0
/// From noise to a picture in a few dozen steps. Start with [dev.hubble.schedulers.NoiseSchedule],
/// which says how noisy a picture is at each time, then [dev.hubble.schedulers.Ddim], the simplest
/// way back, and [dev.hubble.schedulers.Pndm], the one that most models recommend.
package dev.hubble.schedulers;
