// SPDX-License-Identifier: Apache-2.0
/// The autoencoder between pictures and latents.
package dev.hubble.vae;
