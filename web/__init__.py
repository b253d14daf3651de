"""What all pages share: sign-in glue, form fields, formats, security headers, error pages, base templates."""
