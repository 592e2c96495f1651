// SPDX-License-Identifier: Apache-2.0
/// The executable specification: every operation as the plain loops of its formula, summed in
/// double precision. What the other backends are tested against; never optimised.
package dev.hubble.kernels.reference;
