"""What the emulated Google APIs share: error replies, bodies, pictures, Veo's rules."""
